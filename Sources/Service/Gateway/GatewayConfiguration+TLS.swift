import TLS
import Trunks

extension TrunkTLS {
    /// Whether one client's context serves both; the name that is wanted goes with each destination.
    func isAlike(_ other: TrunkTLS) -> Bool {
        var alike = other
        alike.serverName = self.serverName
        return self == alike
    }

    /// What a client's context towards this trunk is made from.
    package var configuration: TLSConfiguration {
        var configuration = TLSConfiguration(
            trustAnchors: self.authorityFile.map { .only(.file(path: $0)) } ?? .system,
            verification: self.insecureSkipCertificateCheck ? .insecureNoVerification : .full)
        configuration.versionMin = self.requiresTLS13 ? .tls13 : .tls12
        if let certificateFile, let keyFile {
            configuration.identity = TLSConfiguration.Identity(
                certificateChain: .file(path: certificateFile), privateKey: .file(path: keyFile))
        }
        return configuration
    }
}

import TLS
import Trunks

extension TrunkTLS {
    /// What a client's context towards this trunk is made from.
    package var configuration: TLSConfiguration {
        var configuration = TLSConfiguration(
            trustAnchors: self.authorityFile.map { .only(.file(path: $0)) } ?? .system,
            verification: self.insecureSkipCertificateCheck ? .insecureNoVerification : .full)
        if let certificateFile, let keyFile {
            configuration.identity = TLSConfiguration.Identity(
                certificateChain: .file(path: certificateFile), privateKey: .file(path: keyFile))
        }
        return configuration
    }
}

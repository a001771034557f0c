import Logging
import SIPEndpoint
import SIPSyntax
import SIPTransport
import TLS
import Trunks

extension VoiceGateway {
    /// Reads the certificates, keys and authorities of the TLS listeners and of the trunks anew.
    ///
    /// Connections that are open keep what they have, and with them their calls. Files that cannot be used change nothing
    /// but the log: whoever they belong to keeps what it had.
    package func renewCertificates() async {
        await self.renewListeners()
        var renewed: [Host: TLSContext] = [:]
        for trunk in self.configuration.trunks where trunk.transport == .tls {
            do {
                guard let context = try self.configuration.clientContext(of: trunk) else { continue }
                for host in trunk.peerHosts { renewed[host] = context }
                guard let certificate = context.ownCertificate else { continue }
                self.logger.notice(
                    "Trunk \(trunk.name) shows the certificate \(certificate.subject), valid until \(certificate.validUntil), on new connections."
                )
            } catch {
                self.logger.error("Trunk \(trunk.name) keeps its certificates and authorities: \(error)")
            }
        }
        await self.parts.endpoint.transport.renew(renewed)
    }

    private func renewListeners() async {
        do {
            guard let context = try self.configuration.serverContext() else {
                self.logger.notice("No listener has a certificate to renew: sip.certificateFile is not set.")
                return
            }
            await self.parts.endpoint.transport.renew(context)
            let certificate = context.ownCertificate
            self.logger.notice(
                "New connections are shown the certificate \(certificate?.subject ?? "?"), valid until \(certificate?.validUntil ?? "?")."
            )
        } catch {
            self.logger.error("The listeners' old certificate stays in use: \(error)")
        }
    }
}

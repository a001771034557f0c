import Logging
import SIPEndpoint
import SIPTransport
import TLS

extension VoiceGateway {
    /// Reads the certificate and key of the TLS listeners anew.
    ///
    /// Connections that are open keep what they have, and with them their calls. Files that cannot be used change nothing
    /// but the log.
    package func renewCertificates() async {
        do {
            guard let context = try self.configuration.serverContext() else {
                self.logger.notice("There is no certificate to renew: sip.certificateFile is not set.")
                return
            }
            await self.parts.endpoint.transport.renew(context)
            let certificate = context.ownCertificate
            self.logger.notice(
                "New connections are shown the certificate \(certificate?.subject ?? "?"), valid until \(certificate?.validUntil ?? "?")."
            )
        } catch {
            self.logger.error("The old certificate stays in use: \(error).")
        }
    }
}

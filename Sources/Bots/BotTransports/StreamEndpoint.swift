import Addressing
import TLS

/// A `tcp://host:port` or `tls://host:port` URL: a byte stream that the gateway dials.
package struct StreamEndpoint: Hashable, Sendable {
    /// A name or a numeric address, brackets removed.
    package let host: String
    package let port: UInt16
    /// Nil for a stream in clear.
    package let tls: TLSConfiguration?

    /// - Parameter tls: of a `tls://` URL.
    package init(url: String, tls: TLSConfiguration = TLSConfiguration()) throws(BotConnectionError) {
        let isSecure: Bool
        let authority: Substring
        if url.hasPrefix("tcp://") {
            (isSecure, authority) = (false, url.dropFirst(6))
        } else if url.hasPrefix("tls://") {
            (isSecure, authority) = (true, url.dropFirst(6))
        } else {
            throw .invalidURL("the scheme must be tcp or tls")
        }
        guard authority.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !authority.contains("/") else {
            throw .invalidURL("only a host and a port")
        }
        (self.host, self.port) = try WebSocketEndpoint.hostAndPort(authority, defaultPort: nil)
        self.tls = isSecure ? tls : nil
    }
}

import Addressing
import NIOCore

extension SocketAddress {
    init(_ address: TransportAddress) throws {
        try self.init(ipAddress: address.address.description, port: Int(address.port))
    }
}

extension TransportAddress {
    /// Nil for a Unix socket or no address. An IPv4-mapped address becomes IPv4.
    init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress, let parsed = IPAddress(text),
            let port = address?.port.flatMap({ UInt16(exactly: $0) })
        else { return nil }
        self.init(parsed.unmapped, port: port)
    }
}

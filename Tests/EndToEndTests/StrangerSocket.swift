import CLinux
import Foundation

/// A UDP socket on 127.0.0.x: a stranger, a man in the middle, or a SIP caller without a stack.
final class LoopbackSocket: Sendable {
    /// An address of 127.0.0.0/24 with a port.
    struct Address: Hashable, Sendable {
        var host: UInt8 = 1
        var port: UInt16
    }

    private let descriptor: Int32
    let address: Address

    /// - Parameter address: port 0 takes a free one.
    init(_ address: Address = Address(port: 0)) throws {
        var wanted = Self.raw(address)
        // Safe: the callee reads the address before it returns.
        self.descriptor = unsafe clinux_media_bind(&wanted, 1 << 20, 0)
        guard self.descriptor >= 0 else { throw POSIXError(.EADDRINUSE) }
        self.address = Address(host: address.host, port: UInt16(clinux_media_port(self.descriptor)))
    }

    deinit {
        _ = clinux_close(self.descriptor)
    }

    func send(_ bytes: [UInt8], to address: Address) {
        var destination = Self.raw(address)
        // Safe: the callee reads the bytes and the address before it returns.
        _ = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe clinux_media_send(self.descriptor, bytes.baseAddress, Int32(bytes.count), &destination)
        }
    }

    /// Takes what has come, at most 32 datagrams.
    func receive() -> [(source: Address, bytes: [UInt8])] {
        var headers = [clinux_datagram](repeating: clinux_datagram(), count: 32)
        var octets = [UInt8](repeating: 0, count: 32 * Self.slot)
        let count = unsafe octets.withUnsafeMutableBufferPointer { octets in
            unsafe headers.withUnsafeMutableBufferPointer { headers in
                // Safe: both arrays hold 32 slots of the sizes that are passed.
                unsafe clinux_media_receive(
                    self.descriptor, headers.baseAddress, 32, octets.baseAddress, Int32(Self.slot))
            }
        }
        return (0..<max(0, Int(count))).map { index in
            let source = Address(host: headers[index].source.bytes.3, port: headers[index].source.port)
            return (source, Array(octets[index * Self.slot..<index * Self.slot + Int(headers[index].length)]))
        }
    }

    private static let slot = 4_096

    private static func raw(_ address: Address) -> clinux_address {
        var raw = clinux_address()
        raw.length = 4
        raw.port = address.port
        raw.bytes.0 = 127
        raw.bytes.3 = address.host
        return raw
    }

    /// An even port that is free together with the next, on all of 127.0.0.1 to 127.0.0.3 at this moment.
    static func freePair() async throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 5_000...15_900) * 2
            guard Self.isFree(port) else { continue }
            // A program that another test starts at this moment holds copies of the sockets until it runs.
            try await Task.sleep(for: .milliseconds(100))
            return port
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let sockets = (1...3).flatMap { host in
            [port, port + 1].map { try? LoopbackSocket(Address(host: UInt8(host), port: $0)) }
        }
        return sockets.allSatisfy { $0 != nil }
    }
}

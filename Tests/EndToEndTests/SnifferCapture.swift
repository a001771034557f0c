import CLinux
import Foundation
import Synchronization

/// Everything that crosses the loopback interface, as a program with root's rights sees it (packet(7)).
final class LoopbackCapture: Sendable {
    /// One IPv4 packet.
    struct Packet: Sendable {
        var isUDP: Bool
        var source: UInt16
        var destination: UInt16
        /// Behind the header of UDP or TCP.
        var payload: [UInt8]
    }

    private struct State {
        var packets: [Packet] = []
        var isOver = false
    }

    static var isPermitted: Bool { geteuid() == 0 }

    private let state = Mutex(State())

    init() throws {
        let descriptor = socket(AF_PACKET, Int32(SOCK_DGRAM.rawValue), Int32(UInt16(0x0800).bigEndian))
        guard descriptor >= 0 else { throw POSIXError(.EPERM) }
        var size: Int32 = 32 << 20
        // Safe: the callee reads the number before it returns.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !self.state.withLock(\.isOver) {
                // Safe: the callee writes no more than the length that it is given.
                let count = unsafe buffer.withUnsafeMutableBytes {
                    unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
                }
                guard count > 0 else {
                    usleep(1_000)
                    continue
                }
                if let packet = Self.parse(buffer[..<count]) { self.state.withLock { $0.packets.append(packet) } }
            }
            _ = clinux_close(descriptor)
        }
    }

    func stop() -> [Packet] {
        self.state.withLock { state in
            state.isOver = true
            return state.packets
        }
    }

    private static func parse(_ bytes: ArraySlice<UInt8>) -> Packet? {
        guard bytes.count >= 28, bytes[0] >> 4 == 4, bytes[9] == 17 || bytes[9] == 6 else { return nil }
        let header = Int(bytes[0] & 15) * 4
        let isUDP = bytes[9] == 17
        guard bytes.count >= header + (isUDP ? 8 : 20) else { return nil }
        let length = isUDP ? 8 : Int(bytes[header + 12] >> 4) * 4
        let port = { (offset: Int) in UInt16(bytes[header + offset]) << 8 | UInt16(bytes[header + offset + 1]) }
        return Packet(
            isUDP: isUDP, source: port(0), destination: port(2), payload: Array(bytes.dropFirst(header + length)))
    }
}

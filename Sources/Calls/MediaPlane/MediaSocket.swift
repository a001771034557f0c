import Addressing
import CLinux
import Reactor
import Timekeeping

/// A bound UDP socket with one owner.
struct MediaSocket: ~Copyable {
    private let descriptor: Descriptor

    /// About 500 datagrams of G.711 with the kernel's own bookkeeping: a thread that is kept for a second loses none.
    private static let receiveBufferInBytes: Int32 = 1 << 20
    /// Expedited Forwarding, RFC 3246.
    private static let dscp: Int32 = 46

    init(_ address: IPAddress, port: UInt16) throws(ReactorError) {
        var local = clinux_address(TransportAddress(address, port: port))
        // Safe: the callee reads the address before it returns.
        let result = unsafe clinux_media_bind(&local, Self.receiveBufferInBytes, Self.dscp)
        self.descriptor = Descriptor(owning: try ReactorError.check(result, "bind of a media port"))
    }

    /// Takes what waits, at most one batch. Errors of the network (an ICMP answer to something sent) are told as none.
    func receive(into batch: inout DatagramBatch) {
        batch.receive(from: self.descriptor.number)
    }

    /// Sends the first `count` bytes of `packet`; false when the kernel refused.
    func send(_ packet: [UInt8], count: Int, to destination: TransportAddress) -> Bool {
        precondition(count <= packet.count)
        var address = clinux_address(destination)
        let number = self.descriptor.number
        let result = unsafe packet.withUnsafeBufferPointer { bytes in
            // Safe: the callee reads `count` bytes, which the precondition says are there, and one address.
            unsafe clinux_media_send(number, bytes.baseAddress, Int32(count), &address)
        }
        return result >= 0
    }
}

/// Room for one read of many datagrams, one for each media thread.
struct DatagramBatch {
    private var bytes: [UInt8]
    private var headers: [clinux_datagram]
    private(set) var count = 0

    /// More than an Ethernet frame; a longer datagram is no media of ours.
    static let slotLength = 2_048
    static let capacity = Int(CLINUX_MEDIA_BATCH)

    struct Header {
        var source: TransportAddress
        var range: Range<Int>
        var isTruncated: Bool
        var arrival: Instant
    }

    init() {
        self.bytes = Array(repeating: 0, count: Self.slotLength * Self.capacity)
        self.headers = Array(repeating: clinux_datagram(), count: Self.capacity)
    }

    fileprivate mutating func receive(from descriptor: Int32) {
        let result = unsafe self.bytes.withUnsafeMutableBufferPointer { bytes in
            unsafe self.headers.withUnsafeMutableBufferPointer { headers in
                // Safe: both arrays hold `capacity` slots of the sizes that are passed.
                unsafe clinux_media_receive(
                    descriptor, headers.baseAddress, Int32(Self.capacity), bytes.baseAddress, Int32(Self.slotLength))
            }
        }
        self.count = max(0, Int(result))
    }

    func header(at index: Int) -> Header {
        let header = self.headers[index]
        let start = index * Self.slotLength
        return Header(
            source: TransportAddress(header.source), range: start..<(start + Int(header.length)),
            isTruncated: header.is_truncated != 0, arrival: Instant(nanosecondsSinceOrigin: header.arrival_ns))
    }

    func bytes(in range: Range<Int>) -> ArraySlice<UInt8> {
        self.bytes[range]
    }
}

extension clinux_address {
    init(_ transport: TransportAddress) {
        self.init()
        self.port = transport.port
        switch transport.address {
        case .v4(let octets):
            self.length = 4
            self.write(UInt64(octets) << 32, at: 0, count: 4)
        case .v6(let high, let low):
            self.length = 16
            self.write(high, at: 0, count: 8)
            self.write(low, at: 8, count: 8)
        }
    }

    /// Writes the first `count` octets of `word`, in network order.
    private mutating func write(_ word: UInt64, at start: Int, count: Int) {
        unsafe withUnsafeMutableBytes(of: &self.bytes) { bytes in
            // Safe: callers pass at most 16 octets in all, which is the size of the field.
            for index in 0..<count { unsafe bytes[start + index] = UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        }
    }
}

extension TransportAddress {
    init(_ address: clinux_address) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        unsafe withUnsafeBytes(of: address.bytes) { bytes in
            // Safe: the field has 16 octets.
            for index in 0..<8 {
                high = unsafe high << 8 | UInt64(bytes[index])
                low = unsafe low << 8 | UInt64(bytes[8 + index])
            }
        }
        let ip = address.length == 4 ? IPAddress.v4(UInt32(high >> 32)) : IPAddress.v6(high: high, low: low).unmapped
        self.init(ip, port: address.port)
    }
}

/// A decoder of HEP3 datagrams, written from the specification and not from the encoder.
struct HEPDecoder {
    enum Fault: Error { case notHEP3, length, chunk }

    private(set) var chunks: [Int: [UInt8]] = [:]

    init(_ datagram: [UInt8]) throws {
        guard datagram.starts(with: "HEP3".utf8), datagram.count >= 6 else { throw Fault.notHEP3 }
        guard Self.number(datagram[4..<6]) == datagram.count else { throw Fault.length }
        var place = 6
        while place < datagram.count {
            guard place + 6 <= datagram.count, Self.number(datagram[place..<(place + 2)]) == 0 else {
                throw Fault.chunk
            }
            let type = Self.number(datagram[(place + 2)..<(place + 4)])
            let length = Self.number(datagram[(place + 4)..<(place + 6)])
            guard length >= 6, place + length <= datagram.count, self.chunks[type] == nil else { throw Fault.chunk }
            self.chunks[type] = Array(datagram[(place + 6)..<(place + length)])
            place += length
        }
    }

    func number(_ type: Int) -> Int? { self.chunks[type].map { Self.number($0[...]) } }

    func text(_ type: Int) -> String? { self.chunks[type].map { String(decoding: $0, as: UTF8.self) } }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

import SIPSyntax

/// A stream: however it is cut into reads, the same units come out of it, and the same fault.
enum SIPStreamTarget {
    private struct Outcome: Equatable {
        var units: [StreamUnit] = []
        var fault: StreamFramerError?
    }

    static func check(_ bytes: [UInt8]) {
        let whole = Self.outcome(of: bytes, in: [bytes.count])
        let pieces = Self.outcome(of: bytes, in: Self.pieces(for: bytes))
        require(pieces == whole, "the units do not depend on the reads")
        if bytes.count <= 256 {
            require(Self.outcome(of: bytes, in: [1]) == whole, "the units do not depend on the reads, byte by byte")
        }
        for case .message(let message) in whole.units {
            require(message.count <= MessageLimits.default.messageLengthMax, "a message keeps to the limits")
            SIPDatagramTarget.check(message)
        }
        // With a pong awaited a lone line end is told at once, so only the absence of faults can be asked for.
        var framer = StreamFramer()
        framer.expectPong()
        framer.append(bytes)
        while let unit = try? framer.next() { _ = unit }
    }

    /// Feeds the stream in pieces of these lengths, again and again.
    private static func outcome(of bytes: [UInt8], in lengths: [Int]) -> Outcome {
        var framer = StreamFramer()
        var outcome = Outcome()
        var rest = bytes[...]
        var round = 0
        repeat {
            let piece = rest.prefix(max(1, lengths[round % lengths.count]))
            round += 1
            rest = rest.dropFirst(piece.count)
            framer.append(piece)
            do throws(StreamFramerError) {
                while let unit = try framer.next() { outcome.units.append(unit) }
            } catch {
                outcome.fault = error
                require(!framer.isInsideMessage, "a framer that gave up holds nothing")
                return outcome
            }
        } while !rest.isEmpty
        return outcome
    }

    /// Lengths from 1 to 64 that follow from the bytes alone, so that a finding can be repeated.
    private static func pieces(for bytes: [UInt8]) -> [Int] {
        var state = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return (0..<16).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % 64) + 1
        }
    }
}

/// A number: whole ones that fit stay exact, the rest are Doubles.
package enum JSONNumber: Hashable, Sendable {
    case integer(Int64)
    case real(Double)

    /// The value as a whole number, when it is one that fits: `8000` and also `8000.0` or `8e3`.
    package var exactInteger: Int64? {
        switch self {
        case .integer(let value): value
        case .real(let value): Int64(exactly: value)
        }
    }

    package var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        }
    }

    /// The number whose characters lie in `range`, as `scan` found them.
    package static func parse(_ range: Range<Int>, in bytes: Span<UInt8>) throws(JSONError) -> JSONNumber {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var isWhole = true
        for index in range {
            text.append(bytes[index])
            if !Ascii.isDigit(bytes[index]), bytes[index] != Ascii.minus { isWhole = false }
        }
        let string = String(decoding: text, as: UTF8.self)
        // -0 stays a Double, the only kind that can tell it from 0.
        if isWhole, string != "-0", let integer = Int64(string) { return .integer(integer) }
        guard let real = Double(string), real.isFinite else { throw .numberOutOfRange(at: range.lowerBound) }
        return .real(real)
    }

    /// Finds the end of the number at `start`: `-? int frac? exp?` of RFC 8259 section 6.
    static func scan(in bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Range<Int> {
        var index = start
        func digits(from first: Int) -> Int {
            var index = first
            while index < bytes.count, Ascii.isDigit(bytes[index]) { index += 1 }
            return index
        }
        if bytes[index] == Ascii.minus { index += 1 }
        let firstDigit = index
        index = digits(from: index)
        guard index > firstDigit, index == firstDigit + 1 || bytes[firstDigit] != Ascii.zero else {
            throw .malformedNumber(at: start)
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            let fraction = index + 1
            index = digits(from: fraction)
            guard index > fraction else { throw .malformedNumber(at: start) }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == Ascii.minus { index += 1 }
            let exponent = index
            index = digits(from: exponent)
            guard index > exponent else { throw .malformedNumber(at: start) }
        }
        return start..<index
    }
}

/// The head of a message taken apart: start line and fields. It reads on past a fault, so that a malformed request can
/// be answered with what it still says.
struct MessageHead {
    private(set) var startLine: ArraySlice<UInt8> = []
    private(set) var headers = Headers()
    /// The first thing that is wrong, if anything is.
    private(set) var fault: SIPSyntaxError?
    /// Where the body begins.
    private(set) var end: Int

    /// Reads the lines from `start` to the empty line.
    init(_ bytes: [UInt8], from start: Int, limits: MessageLimits) {
        let head = bytes[start...]
        let headMax = head.prefix(limits.headLengthMax)
        guard let blankLine = Self.indexOfBlankLine(in: headMax) else {
            self.end = bytes.count
            self.fault = head.count > limits.headLengthMax ? .headTooLong : .headNotTerminated
            self.readLines(headMax, limits: limits)
            return
        }
        self.end = blankLine + 4
        self.readLines(bytes[start..<blankLine], limits: limits)
    }

    /// The index of the CR LF CR LF that ends the head.
    static func indexOfBlankLine(in bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        while let carriageReturn = bytes[index...].firstIndex(of: 0x0D), carriageReturn + 3 < bytes.endIndex {
            if bytes[carriageReturn + 1] == 0x0A, bytes[carriageReturn + 2] == 0x0D, bytes[carriageReturn + 3] == 0x0A {
                return carriageReturn
            }
            index = carriageReturn + 1
        }
        return nil
    }

    private mutating func readLines(_ head: ArraySlice<UInt8>, limits: MessageLimits) {
        var lines = LineReader(head)
        guard let startLine = lines.next() else { return }
        self.startLine = startLine
        var number = 0
        var pending: [UInt8]?
        while let line = lines.next() {
            if let first = line.first, first.isLinearWhitespace {
                guard pending != nil else {
                    self.note(.malformedHeaderLine(1))
                    continue
                }
                // RFC 3261 section 7.3.1: the line end and all white space around it are one space.
                pending?.append(0x20)
                pending?.append(contentsOf: line.drop(while: \.isLinearWhitespace))
            } else {
                if let pending { self.readField(pending, number: number, limits: limits) }
                pending = Array(line)
                number += 1
            }
        }
        if let pending { self.readField(pending, number: number, limits: limits) }
    }

    private mutating func readField(_ line: [UInt8], number: Int, limits: MessageLimits) {
        guard line.count <= limits.headerLineLengthMax else { return self.note(.headerLineTooLong) }
        guard self.headers.fields.count < limits.headerCountMax else { return self.note(.tooManyHeaders) }
        let nameEnd = line.firstIndex { !$0.isTokenCharacter } ?? line.endIndex
        // Only SP and HT may stand between a name and its colon: any other byte makes another, illegal name.
        guard let colon = line[nameEnd...].firstIndex(where: { !$0.isLinearWhitespace }),
            line[colon] == UInt8(ascii: ":"),
            let name = try? HeaderName(String(decoding: line[..<nameEnd], as: UTF8.self)),
            !Self.hasMisplacedControl(line[(colon + 1)...])
        else { return self.note(.malformedHeaderLine(number)) }
        self.headers.add(name, HeaderValue(parsed: line[(colon + 1)...]))
    }

    /// A control character is in place only behind a backslash in a quoted string; CR and LF are nowhere.
    private static func hasMisplacedControl(_ value: ArraySlice<UInt8>) -> Bool {
        var isQuoted = false
        var isEscaped = false
        for byte in value {
            if byte == 0x0D || byte == 0x0A { return true }
            if isEscaped {
                isEscaped = false
                continue
            }
            if byte.isForbiddenControl { return true }
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\"): isEscaped = isQuoted
            default: break
            }
        }
        return false
    }

    private mutating func note(_ fault: SIPSyntaxError) {
        self.fault = self.fault ?? fault
    }
}

/// The lines between CR LF pairs; a CR or LF alone stays in its line, where the reader of the line finds it.
private struct LineReader {
    private var rest: ArraySlice<UInt8>
    private var isAtEnd = false

    init(_ bytes: ArraySlice<UInt8>) {
        self.rest = bytes
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard !self.isAtEnd else { return nil }
        var index = self.rest.startIndex
        while let carriageReturn = self.rest[index...].firstIndex(of: 0x0D) {
            if carriageReturn + 1 < self.rest.endIndex, self.rest[carriageReturn + 1] == 0x0A {
                let line = self.rest[..<carriageReturn]
                self.rest = self.rest[(carriageReturn + 2)...]
                return line
            }
            index = carriageReturn + 1
        }
        self.isAtEnd = true
        return self.rest
    }
}

import Timekeeping

/// A child's error output as lines for the log, bounded in length and in number.
package struct BotLogLines: Sendable {
    private var partial: [UInt8] = []
    /// Whether the line at hand is longer than the limit and its rest is being skipped.
    private var isCut = false
    private var allowance = Self.burst
    private var refilledAt: Instant
    private var suppressedCount = 0

    package init(at now: Instant) {
        self.refilledAt = now
    }

    /// Takes bytes as they come and returns the lines that may be logged.
    package mutating func append(_ bytes: ArraySlice<UInt8>, at now: Instant) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                self.finishLine(into: &lines, at: now)
            } else if self.partial.count < Self.lengthMax {
                self.partial.append(byte)
            } else {
                self.isCut = true
            }
        }
        return lines
    }

    /// The last line, when it had no end, and how many were left out.
    package mutating func finish(at now: Instant) -> [String] {
        var lines: [String] = []
        if !self.partial.isEmpty { self.finishLine(into: &lines, at: now) }
        if self.suppressedCount > 0 { lines.append(self.takeSuppressionNote()) }
        return lines
    }

    private mutating func finishLine(into lines: inout [String], at now: Instant) {
        let text = Self.printable(self.partial) + (self.isCut ? " [cut]" : "")
        self.partial.removeAll(keepingCapacity: true)
        self.isCut = false
        guard self.takeAllowance(at: now) else {
            self.suppressedCount += 1
            return
        }
        if self.suppressedCount > 0 { lines.append(self.takeSuppressionNote()) }
        lines.append(text)
    }

    private mutating func takeSuppressionNote() -> String {
        defer { self.suppressedCount = 0 }
        return "[\(self.suppressedCount) lines left out]"
    }

    private mutating func takeAllowance(at now: Instant) -> Bool {
        let earned = Int(self.refilledAt.duration(to: now).inMilliseconds) * Self.perSecond / 1_000
        if earned > 0 {
            self.allowance = min(Self.burst, self.allowance + earned)
            self.refilledAt = now
        }
        guard self.allowance > 0 else { return false }
        self.allowance -= 1
        return true
    }

    /// Control characters could forge or hide lines of a terminal's log.
    private static func printable(_ bytes: [UInt8]) -> String {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            if scalar == "\r" { continue }
            text.unicodeScalars.append(isControl && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return text
    }

    /// Bytes of one line.
    package static let lengthMax = 1_024
    /// Lines at once, and lines a second afterwards.
    package static let burst = 100
    package static let perSecond = 20
}

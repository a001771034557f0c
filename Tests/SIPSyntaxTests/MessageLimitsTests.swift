import SIPSyntax
import Testing

/// Every stated maximum is met exactly, and exceeded by one.
struct MessageLimitsTests {
    private func padded(lineLength: Int) -> String {
        "X-Pad: " + String(repeating: "x", count: lineLength - 7)
    }

    @Test func defaultsAreAsStated() {
        let limits = MessageLimits.default
        #expect(limits.headLengthMax == 65_536)
        #expect(limits.bodyLengthMax == 65_536)
        #expect(limits.headerLineLengthMax == 8192)
        #expect(limits.headerCountMax == 256)
        #expect(limits.messageLengthMax == 131_072)
    }

    @Test func headerLine() {
        #expect(Written.fault(Written.options(adding: [self.padded(lineLength: 8192)])) == nil)
        #expect(Written.fault(Written.options(adding: [self.padded(lineLength: 8193)])) == .headerLineTooLong)
    }

    /// A line is measured after unfolding, or folding would be a way round the limit.
    @Test func foldedHeaderLine() {
        let folds = Array(repeating: " " + String(repeating: "x", count: 99), count: 90)
        #expect(Written.fault(Written.options(adding: ["X-Pad: x"] + folds)) == .headerLineTooLong)
    }

    @Test func headerCount() {
        let free = 256 - Written.headers.count
        #expect(Written.fault(Written.options(adding: Array(repeating: "X: y", count: free))) == nil)
        #expect(Written.fault(Written.options(adding: Array(repeating: "X: y", count: free + 1))) == .tooManyHeaders)
    }

    @Test func head() {
        let line = self.padded(lineLength: 8000)
        let almost = Written.options(adding: Array(repeating: line, count: 8))
        let rest = 65_536 - almost.count
        let exact = Written.options(adding: Array(repeating: line, count: 8) + [self.padded(lineLength: rest - 2)])
        #expect(exact.count == 65_536)
        #expect(Written.fault(exact) == nil)
        let over = Written.options(adding: Array(repeating: line, count: 8) + [self.padded(lineLength: rest - 1)])
        #expect(Written.fault(over) == .headTooLong)
    }

    @Test func body() {
        let body = String(repeating: "b", count: 65_536)
        #expect(Written.fault(Written.options(body: body)) == nil)
        #expect(Written.fault(Written.options(body: body + "b")) == .messageTooLong)
        #expect(Written.fault(Written.options(adding: ["Content-Length: 65537"], body: body)) == .messageTooLong)
    }

    @Test func limitsCanBeSmaller() {
        let limits = MessageLimits(headLengthMax: 512, bodyLengthMax: 4, headerLineLengthMax: 64, headerCountMax: 6)
        #expect(Written.fault(Written.options(body: "1234"), limits: limits) == nil)
        #expect(Written.fault(Written.options(body: "12345"), limits: limits) == .messageTooLong)
        #expect(Written.fault(Written.options(adding: ["A: b", "C: d"]), limits: limits) == .tooManyHeaders)
    }
}

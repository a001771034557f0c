import SIPTransport
import Testing

/// A TLS session begins with a whole record (RFC 8446 section 5.1), or with what can be none.
@Suite struct FirstRecordTests {
    private let hello: [UInt8] = [22, 3, 1, 0, 4, 1, 2, 3, 4]

    @Test(arguments: 0..<9) func aBeginningIsHeld(count: Int) {
        var record = FirstRecord()
        #expect(record.append(self.hello.prefix(count)) == nil)
        #expect(record.count == count)
        #expect(record.append(self.hello.dropFirst(count)) == self.hello)
        #expect(record.count == 0)
    }

    /// A peer that sends one byte at a time is served like any other.
    @Test func bytesThatComeOneByOneAreOneRecord() {
        var record = FirstRecord()
        let outcomes = self.hello.map { record.append([$0]) }
        #expect(outcomes.dropLast().allSatisfy { $0 == nil })
        #expect(outcomes.last == self.hello)
    }

    @Test func whatFollowsTheRecordComesWithIt() {
        var record = FirstRecord()
        #expect(record.append(self.hello + [20, 3]) == self.hello + [20, 3])
    }

    /// The session says what is wrong; nothing of a stranger's is held for it.
    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n".utf8), [0], [23, 3, 3, 0, 9], [22, 3, 1, 0x40, 0x01], [22, 3, 1, 0xFF, 0xFF, 1],
    ])
    func whatIsNoFirstRecordIsNotHeld(bytes: [UInt8]) {
        var record = FirstRecord()
        #expect(record.append(bytes) == bytes)
        #expect(record.count == 0)
    }

    /// No more is held than the longest record.
    @Test func theLongestRecordIsTheMostThatIsHeld() {
        var record = FirstRecord()
        #expect(record.append([22, 3, 1, 0x40, 0x00]) == nil)
        #expect(record.append(Array(repeating: 0, count: FirstRecord.lengthMax - 1)) == nil)
        #expect(record.count == FirstRecord.lengthMax + 4)
        #expect(record.append([0])?.count == FirstRecord.lengthMax + 5)
    }
}

import FlowSimulator
import Testing
import Timekeeping

/// The edge's 200 calls a minute: exact in every 60 s.
@Suite struct CallRateWindowTests {
    @Test func letsInSoManyAndNoMore() {
        var window = CallRateWindow(callsMax: 200)
        for call in 0..<200 { #expect(window.admit(at: .origin + .milliseconds(call)) == nil) }
        #expect(window.admit(at: .origin + .seconds(1)) == .seconds(59))
        #expect(window.admit(at: .origin + .milliseconds(59_999)) == .milliseconds(1))
    }

    /// Places come free one by one, as the old calls leave the window.
    @Test func placesComeFreeOneByOne() {
        var window = CallRateWindow(callsMax: 2)
        #expect(window.admit(at: .origin) == nil)
        #expect(window.admit(at: .origin + .seconds(10)) == nil)
        #expect(window.admit(at: .origin + .seconds(60)) == nil)
        #expect(window.admit(at: .origin + .seconds(60)) == .seconds(10))
        #expect(window.admit(at: .origin + .seconds(70)) == nil)
    }

    /// Refused calls take no place.
    @Test func refusedCallsAreNotCounted() {
        var window = CallRateWindow(callsMax: 1)
        #expect(window.admit(at: .origin) == nil)
        for second in 1..<60 { #expect(window.admit(at: .origin + .seconds(second)) != nil) }
        #expect(window.admit(at: .origin + .seconds(60)) == nil)
    }

    /// Over 30 minutes of steady pressure no window of 60 s holds more than its number.
    @Test func noWindowHoldsMore() {
        var window = CallRateWindow(callsMax: 20)
        var admitted: [Int] = []
        for tenth in 0..<18_000 where window.admit(at: .origin + .milliseconds(tenth * 100)) == nil {
            admitted.append(tenth)
        }
        for index in admitted.indices where index >= 20 { #expect(admitted[index] - admitted[index - 20] >= 600) }
        #expect(admitted.count == 600)
    }
}

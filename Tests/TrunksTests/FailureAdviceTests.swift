import SIPSyntax
import Testing
import Trunks

/// Which failures go on at the next point of presence, and that each has words.
@Suite struct FailureAdviceTests {
    @Test func whatTriesTheNext() throws {
        let tries = try (300...699).filter { FailureAdvice(try #require(StatusCode($0))).triesNext }
        #expect(tries == [408, 500, 502, 503, 504])
        #expect(FailureAdvice.noResponse.triesNext && FailureAdvice.noConnection.triesNext)
    }

    @Test(
        arguments: [
            (400, FailureAdvice.Action.configurationFault), (401, .configurationFault), (403, .configurationFault),
            (404, .configurationFault), (407, .configurationFault), (410, .outcome), (415, .configurationFault),
            (429, .giveUp), (480, .outcome), (484, .configurationFault), (486, .outcome), (487, .outcome),
            (488, .configurationFault), (580, .configurationFault), (600, .outcome), (603, .outcome), (604, .outcome),
            (302, .giveUp), (499, .giveUp), (555, .giveUp), (666, .outcome),
        ])
    func actions(_ status: Int, _ action: FailureAdvice.Action) throws {
        let advice = FailureAdvice(try #require(StatusCode(status)))
        #expect(advice.action == action)
        #expect(advice.sentence.contains("\(status)") && advice.sentence.hasSuffix("."))
        #expect(action != .configurationFault || advice.remedy != nil, "a fault of configuration has a remedy")
    }

    /// Exotel's error 4001 names its own remedy and does not change the action.
    @Test func errorCodeOfTheCarrier() {
        let plain = FailureAdvice(.forbidden)
        let explained = FailureAdvice(.forbidden, carrierErrorCode: "4001")
        #expect(explained.action == plain.action && explained.remedy != plain.remedy)
        #expect(explained.remedy?.contains("4001") == true)
        #expect(FailureAdvice(.forbidden, carrierErrorCode: "9").remedy == plain.remedy)
    }
}

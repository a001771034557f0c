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
            (300, .giveUp), (301, .configurationFault), (302, .giveUp), (305, .configurationFault), (380, .giveUp),
            (402, .configurationFault), (405, .configurationFault), (408, .tryNextPointOfPresence),
            (413, .configurationFault), (414, .configurationFault), (416, .configurationFault),
            (420, .configurationFault), (421, .configurationFault), (422, .configurationFault),
            (428, .configurationFault), (433, .outcome), (437, .configurationFault), (481, .giveUp),
            (482, .configurationFault), (483, .configurationFault), (485, .configurationFault), (491, .giveUp),
            (500, .tryNextPointOfPresence), (501, .configurationFault), (502, .tryNextPointOfPresence),
            (503, .tryNextPointOfPresence), (504, .tryNextPointOfPresence), (505, .configurationFault),
            (513, .configurationFault), (606, .configurationFault), (607, .outcome), (608, .outcome), (499, .giveUp),
            (555, .giveUp), (666, .outcome),
        ])
    func actions(_ status: Int, _ action: FailureAdvice.Action) throws {
        let advice = FailureAdvice(try #require(StatusCode(status)))
        #expect(advice.action == action)
        #expect(advice.sentence.contains("\(status)") && advice.sentence.hasSuffix("."))
        #expect(
            action != .configurationFault || status == 489 || advice.remedy != nil,
            "a fault of configuration has a remedy")
    }

    /// 488 is worth one more try with less to choose from, and nothing else is.
    @Test func whatNarrowsTheOffer() throws {
        let narrowing = try (300...699).filter { FailureAdvice.narrowsOffer(try #require(StatusCode($0))) }
        #expect(narrowing == [488])
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

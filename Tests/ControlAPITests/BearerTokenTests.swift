import ControlAPI
import Testing

@Suite struct BearerTokenTests {
    @Test func onlyTheSameTokenMatches() throws {
        let token = try #require(BearerToken("0123456789abcdef"))
        #expect(token.matches("0123456789abcdef"))
        for other in ["", "0123456789abcde", "0123456789abcdef ", "0123456789abcdeF", "0123456789abcdef0"] {
            #expect(!token.matches(other))
        }
    }

    @Test(arguments: ["", "short", "0123456789abcde", "0123456789 abcdef", "0123456789abcdé0", "0123456789abcde\n"])
    func tokensThatAreWeakOrUnprintableAreRefused(text: String) {
        #expect(BearerToken(text) == nil)
    }

    @Test func aTokenNeverPrints() throws {
        let token = try #require(BearerToken("0123456789abcdef"))
        #expect(!"\(token)".contains("0123") && !String(reflecting: token).contains("0123"))
    }
}

import Testing
import Trunks

/// Each cause of Q.850 has words, and no other number is one.
@Suite struct ReleaseCauseTests {
    @Test func everyCauseHasWords() throws {
        for number in 1...127 {
            let cause = try #require(ReleaseCause(number))
            #expect(cause.number == number)
            #expect(!cause.phrase.isEmpty && !cause.phrase.hasSuffix("."))
            #expect(cause.remedy?.hasSuffix(".") != false)
        }
    }

    @Test(arguments: [-1, 0, 128, 65_535]) func noOtherNumberIsACause(number: Int) {
        #expect(ReleaseCause(number) == nil)
    }

    @Test(arguments: [
        (16, ReleaseCause.Origin.user), (17, .user), (21, .user), (31, .user), (3, .network), (34, .network),
        (41, .network), (102, .network), (127, .network),
    ]) func whoseDoingItWas(number: Int, origin: ReleaseCause.Origin) {
        #expect(ReleaseCause(number)?.origin == origin)
    }
}

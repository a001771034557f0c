import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping

/// Our own offers, one at a time: what waits, what replaces what, and where a glare leads (RFC 3261 section 14.1).
@Suite struct LocalOfferTests {
    private static let refresh = LocalOffer.Wish(kind: .refresh(mayUpdate: true))
    private static let key = ClientTransactionKey(branch: "z9hG4bKo", method: .invite)

    private static func wish(_ text: String) -> LocalOffer.Wish { LocalOffer.Wish(kind: .offer(Array(text.utf8))) }

    private static func sent(_ wish: LocalOffer.Wish, by method: Method = .invite) -> LocalOffer {
        var offer = LocalOffer()
        offer.want(wish)
        offer.send(by: method)
        return offer
    }

    @Test func offerIsSentAndFinished() {
        var offer = LocalOffer()
        #expect(offer.isIdle)
        #expect(offer.finish() == nil)
        #expect(offer.acknowledge() == nil)
        offer.want(Self.wish("a"))
        #expect(offer.waiting == Self.wish("a") && offer.sent == nil)
        offer.send(by: .update)
        #expect(offer.waiting == nil && offer.sent?.wish == Self.wish("a") && offer.sent?.method == .update)
        #expect(offer.deadline == nil)
        #expect(offer.finish() == Self.wish("a"))
        #expect(offer.isIdle)
    }

    /// The latest offer takes the place of the one that waits, before and while another is on the wire.
    @Test func latestOfferWaits() {
        var offer = LocalOffer()
        offer.want(Self.wish("a"))
        offer.want(Self.wish("b"))
        #expect(offer.waiting == Self.wish("b"))
        offer.send(by: .invite)
        offer.want(Self.wish("c"))
        offer.want(Self.wish("d"))
        #expect(offer.finish() == Self.wish("b"))
        #expect(offer.waiting == Self.wish("d"))
    }

    /// Every re-INVITE and UPDATE refreshes: a refresh is dropped beside whatever else waits, flies, is owed or backs off.
    @Test func refreshGivesWay() {
        var waiting = LocalOffer()
        waiting.want(Self.wish("a"))
        waiting.want(Self.refresh)
        #expect(waiting.waiting == Self.wish("a"))
        var sent = Self.sent(Self.wish("a"))
        sent.want(Self.refresh)
        #expect(sent.finish() == Self.wish("a"))
        #expect(sent.isIdle)
        var owed = Self.sent(LocalOffer.Wish(kind: .request))
        owed.owe(Self.key, until: .milliseconds(100))
        owed.want(Self.refresh)
        #expect(owed.acknowledge() == Self.key)
        #expect(owed.isIdle)
        var backing = Self.sent(Self.wish("a"))
        backing.backOff(until: .milliseconds(100))
        backing.want(Self.refresh)
        #expect(backing.state == .backingOff(Self.wish("a", glares: 1), until: .milliseconds(100)))
        // An offer takes the place of a refresh.
        var refreshing = LocalOffer()
        refreshing.want(Self.refresh)
        refreshing.want(Self.wish("a"))
        #expect(refreshing.waiting == Self.wish("a"))
    }

    /// What has not been sent is forgotten, in each state.
    @Test func withdrawnOfferIsForgotten() {
        var offer = LocalOffer()
        offer.withdraw()
        #expect(offer.isIdle)
        offer.want(Self.wish("a"))
        offer.withdraw()
        #expect(offer.isIdle)
        offer = Self.sent(Self.wish("a"))
        offer.want(Self.wish("b"))
        offer.withdraw()
        #expect(offer.finish() == Self.wish("a"))
        #expect(offer.isIdle)
        offer = Self.sent(Self.wish("a"))
        offer.backOff(until: .milliseconds(100))
        offer.withdraw()
        #expect(offer.handleTimeout(at: .milliseconds(100)) == false)
        #expect(offer.isIdle)
        offer = Self.sent(LocalOffer.Wish(kind: .request))
        offer.owe(Self.key, until: .milliseconds(100))
        offer.want(Self.wish("b"))
        offer.withdraw()
        #expect(offer.acknowledge() == Self.key)
        #expect(offer.isIdle)
    }

    /// 491: the same goes again when the pause is over, and its glares are counted; a newer offer takes its place and its
    /// count, so that a peer that always collides is not tried for ever.
    @Test func glareBacksOff() {
        var offer = Self.sent(Self.wish("a"))
        for count in 1...3 {
            let until = Instant.milliseconds(Int64(1_000 * count))
            offer.backOff(until: until)
            #expect(offer.deadline == until && offer.waiting == nil)
            #expect(offer.handleTimeout(at: until.advanced(by: .milliseconds(-1))) == false)
            #expect(offer.waiting == nil)
            #expect(offer.handleTimeout(at: until) == false)
            #expect(offer.waiting == Self.wish("a", glares: count))
            offer.send(by: .invite)
        }
        offer.want(Self.wish("b"))
        offer.backOff(until: .milliseconds(9_000))
        #expect(offer.state == .backingOff(Self.wish("b", glares: 4), until: .milliseconds(9_000)))
        // The owner may change its mind in the pause, but the pause stays (RFC 3261 section 14.1).
        offer.want(Self.wish("c"))
        #expect(offer.waiting == nil)
        #expect(offer.state == .backingOff(Self.wish("c", glares: 4), until: .milliseconds(9_000)))
        #expect(offer.handleTimeout(at: .milliseconds(9_000)) == false)
        #expect(offer.waiting == Self.wish("c", glares: 4))
    }

    /// What is withdrawn in the pause does not shorten it for what comes instead, be it an offer or a refresh.
    @Test(arguments: [Self.wish("b"), Self.refresh]) func pauseOutlivesAWithdrawnOffer(next: LocalOffer.Wish) {
        var offer = Self.sent(Self.wish("a"))
        offer.backOff(until: .milliseconds(2_100))
        offer.withdraw()
        #expect(offer.deadline == .milliseconds(2_100))
        offer.want(next)
        #expect(offer.waiting == nil)
        #expect(offer.handleTimeout(at: .milliseconds(2_100)) == false)
        #expect(offer.waiting == next)
    }

    /// A request that goes again changed, as after 422, yields to what the owner wants by now.
    @Test func changedRequestGoesAgain() {
        var raised = Self.wish("a")
        raised.isIntervalRaised = true
        var offer = Self.sent(Self.wish("a"))
        offer.sendAgain(raised)
        #expect(offer.waiting == raised)
        offer.send(by: .invite)
        offer.want(Self.wish("b"))
        offer.sendAgain(raised)
        #expect(offer.waiting == Self.wish("b"))
        // Without anything on the wire there is nothing to send again.
        offer.sendAgain(raised)
        #expect(offer.waiting == Self.wish("b"))
    }

    /// The ACK that waits for the owner: in time, or overdue until somebody acknowledges.
    @Test func owedAnswerHasADeadline() {
        var offer = LocalOffer()
        offer.owe(Self.key, until: .milliseconds(5_000))
        #expect(offer.deadline == .milliseconds(5_000) && !offer.isIdle)
        #expect(offer.handleTimeout(at: .milliseconds(4_999)) == false)
        #expect(offer.handleTimeout(at: .milliseconds(5_000)) == true)
        #expect(offer.acknowledge() == Self.key)
        #expect(offer.acknowledge() == nil)
        // What waited before the answer was owed comes after it.
        offer.want(Self.wish("a"))
        offer.owe(Self.key, until: .milliseconds(5_000))
        #expect(offer.acknowledge() == Self.key)
        #expect(offer.waiting == Self.wish("a"))
    }
}

extension LocalOfferTests {
    private static func wish(_ text: String, glares: Int) -> LocalOffer.Wish {
        var wish = Self.wish(text)
        wish.glares = glares
        return wish
    }
}

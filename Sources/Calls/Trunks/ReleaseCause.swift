/// A cause of ITU-T Q.850, as telephone networks give it and SIP carries it in `Reason` (RFC 3326).
package struct ReleaseCause: Hashable, Sendable {
    /// Whose doing the end was, as far as the cause tells.
    package enum Origin: Hashable, Sendable {
        /// The person, or the equipment that stands for them.
        case user
        /// Something between here and there.
        case network
    }

    /// 1 to 127.
    package let number: Int
    /// The cause in words that continue a sentence.
    package let phrase: String
    package let origin: Origin
    /// The likely fix: a whole sentence; nil where there is none.
    package let remedy: String?

    /// Nil for a number that is no cause.
    package init?(_ number: Int) {
        guard Self.range.contains(number) else { return nil }
        self = Self.rows[number] ?? ReleaseCause(number, Self.general(number), .network)
    }

    private init(_ number: Int, _ phrase: String, _ origin: Origin, _ remedy: String? = nil) {
        self.number = number
        self.phrase = phrase
        self.origin = origin
        self.remedy = remedy
    }

    package static let range = 1...127

    /// The class of a cause that has no row (Q.850 section 2.2).
    private static func general(_ number: Int) -> String {
        switch number {
        case ..<32: "a normal event"
        case ..<48: "a lack of resources"
        case ..<64: "a service that is not available"
        case ..<80: "a service that is not implemented"
        case ..<96: "an invalid message"
        case ..<112: "a protocol error"
        default: "an unspecified interworking event"
        }
    }

    private static let rows: [Int: ReleaseCause] = Dictionary(
        uniqueKeysWithValues: [
            ReleaseCause(1, "unallocated number", .user, "Check the number: nobody has it."),
            ReleaseCause(2, "no route to that network", .network),
            ReleaseCause(
                3, "no route to the destination", .network,
                "Ask the carrier whether the trunk may call this destination."),
            ReleaseCause(4, "send special information tone", .network),
            ReleaseCause(5, "misdialled trunk prefix", .network, "Write the number as E.164."),
            ReleaseCause(6, "channel unacceptable", .network),
            ReleaseCause(7, "call awarded", .user),
            ReleaseCause(16, "normal call clearing", .user),
            ReleaseCause(17, "user busy", .user),
            ReleaseCause(18, "no user responding", .user, "Call again later."),
            ReleaseCause(19, "no answer from the user", .user, "Call again later."),
            ReleaseCause(
                20, "subscriber absent", .user,
                "The telephone is switched off or out of reach: call again later."),
            ReleaseCause(21, "call rejected", .user),
            ReleaseCause(22, "number changed", .user, "Look for the new number."),
            ReleaseCause(23, "redirected to a new destination", .user),
            ReleaseCause(26, "non-selected user clearing", .user),
            ReleaseCause(27, "destination out of order", .network, "Call again later."),
            ReleaseCause(28, "invalid number format", .network, "Write the number as E.164 with '+'."),
            ReleaseCause(29, "facility rejected", .network),
            ReleaseCause(30, "response to status enquiry", .network),
            ReleaseCause(31, "normal, unspecified", .user),
            ReleaseCause(
                34, "no circuit available", .network,
                "The carrier is full: call later, or ask it for more channels."),
            ReleaseCause(38, "network out of order", .network, "Ask the carrier."),
            ReleaseCause(41, "temporary failure", .network, "Call again; if it stays so, ask the carrier."),
            ReleaseCause(
                42, "switching equipment congestion", .network,
                "Lower the trunk's pace, or ask the carrier for more channels."),
            ReleaseCause(43, "access information discarded", .network),
            ReleaseCause(44, "requested circuit not available", .network),
            ReleaseCause(47, "resource unavailable", .network, "Ask the carrier whether the trunk is at its limit."),
            ReleaseCause(50, "facility not subscribed", .network, "Ask the carrier to enable it on the trunk."),
            ReleaseCause(52, "outgoing calls barred", .network, "Ask the carrier whether the trunk may call out."),
            ReleaseCause(54, "incoming calls barred", .network),
            ReleaseCause(55, "incoming calls barred within the group", .network),
            ReleaseCause(57, "bearer capability not authorised", .network),
            ReleaseCause(58, "bearer capability not available now", .network),
            ReleaseCause(63, "service not available", .network),
            ReleaseCause(
                65, "bearer capability not implemented", .network,
                "Compare the codecs of both sides in the SIP ladder."),
            ReleaseCause(66, "channel type not implemented", .network),
            ReleaseCause(69, "facility not implemented", .network),
            ReleaseCause(79, "service not implemented", .network),
            ReleaseCause(81, "invalid call reference", .network),
            ReleaseCause(83, "suspended call unknown", .network),
            ReleaseCause(87, "user not member of the group", .network),
            ReleaseCause(
                88, "incompatible destination", .network,
                "Compare the codecs of both sides in the SIP ladder."),
            ReleaseCause(91, "invalid transit network", .network),
            ReleaseCause(95, "invalid message", .network),
            ReleaseCause(96, "mandatory information element missing", .network),
            ReleaseCause(97, "message type unknown", .network),
            ReleaseCause(98, "message not fitting the call's state", .network),
            ReleaseCause(99, "information element unknown", .network),
            ReleaseCause(100, "information element invalid", .network),
            ReleaseCause(101, "message not compatible with the call's state", .network),
            ReleaseCause(
                102, "recovery on expiry of a timer", .network,
                "Something on the way was silent for too long: look for lost ACKs, session timers and firewalls."),
            ReleaseCause(103, "parameter unknown", .network),
            ReleaseCause(111, "protocol error", .network, "Look at the SIP ladder, and ask the carrier."),
            ReleaseCause(127, "interworking, unspecified", .network),
        ].map { ($0.number, $0) })
}

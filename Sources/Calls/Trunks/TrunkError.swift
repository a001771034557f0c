import SIPSyntax

/// Why a trunk, or a call over it, was refused before anything was sent.
package enum TrunkError: Error, Hashable, Sendable {
    /// Not a name of letters, digits, `.`, `-` and `_`, at most 32 of them.
    case badName
    /// Anything but `+` and digits, or a number of the wrong length.
    case badNumber
    /// The number begins with no prefix that the trunk allows.
    case destinationNotAllowed
    /// The trunk's mode wants a caller id and neither the call nor the trunk has one.
    case callerIDMissing
    /// In `pstn` mode the caller id must be a number of the trunk.
    case callerIDNotOfTrunk
    /// Not a header name.
    case badHeaderName
    /// A control character in a header's value, an empty value, or one beyond `CustomHeader.valueLengthMax`.
    case badHeaderValue(name: String)
    /// A header that the SIP stack writes itself.
    case coreHeader(name: String)
    /// A header that only the carrier may write, in whatever spelling.
    case carrierHeader(name: String)
    /// A header that the trunk sets for every call.
    case headerOfTrunk(name: String)
    /// More custom headers than `CustomHeader.countMax`.
    case tooManyHeaders
    /// No point of presence, or more than `Trunk.pointsOfPresenceMax`.
    case badPointsOfPresence
    /// Not an address, an address with a prefix length, or one with bits beyond its prefix.
    case badAddressRange
    /// Not a number, a prefix with `*` behind it, or `*`.
    case badNumberPattern
}

extension TrunkError {
    /// What is wrong and what to do, in one sentence without any text that came from outside but checked names.
    package var sentence: String {
        switch self {
        case .badName: "a name has 1 to 32 letters, digits, '.', '-' or '_'"
        case .badNumber: "a number is '+' and 7 to 15 digits (E.164), such as +918000000001, and nothing else"
        case .destinationNotAllowed:
            "the trunk's allowedPrefixes hold no prefix of this number; add one to call there"
        case .callerIDMissing: "flow mode needs a caller number: give one with the call or set the trunk's callerID"
        case .callerIDNotOfTrunk:
            "pstn mode shows a number of the trunk; list the caller number in the trunk's callerIDs if it is one"
        case .badHeaderName: "a header name is a token: letters, digits and -.!%*_+`'~"
        case .badHeaderValue(let name):
            "the value of \(name) must be 1 to \(CustomHeader.valueLengthMax) octets without control characters"
        case .coreHeader(let name): "\(name) is written by the SIP stack and cannot be set"
        case .carrierHeader(let name): "\(name) is added by the carrier and must not be sent"
        case .headerOfTrunk(let name): "\(name) is set by the trunk for every call"
        case .tooManyHeaders: "a call has at most \(CustomHeader.countMax) custom headers"
        case .badPointsOfPresence: "a trunk has 1 to \(Trunk.pointsOfPresenceMax) points of presence"
        case .badAddressRange: "an address range is an address or address/prefix, such as 203.0.113.0/24"
        case .badNumberPattern: "a number pattern is a number, a prefix such as +9180*, or *"
        }
    }
}

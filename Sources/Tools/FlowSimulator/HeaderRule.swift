import SIPSyntax

/// The rules that the edge holds an INVITE to: the header table of the flow guide, one case a row or a sentence of it.
///
/// The order is that of judgement: the first broken rule gives the answer, all of them stand in the report.
package enum HeaderRule: String, Hashable, Sendable, CaseIterable, Codable {
    case reservedHeaders = "reserved-headers"
    case via
    case fromPresent = "from"
    case toPresent = "to"
    case callID = "call-id"
    case cSeq = "cseq"
    case maxForwards = "max-forwards"
    case contact
    case contentType = "content-type"
    case body
    case require
    case accountSid = "account-sid"
    case fromDomain = "from-domain"
    case fromNumber = "from-number"
    case requestURI = "request-uri"
    case toNumber = "to-number"
    case mapping
}

/// One rule's verdict on one INVITE.
package struct RuleVerdict: Hashable, Sendable, Codable {
    package var rule: HeaderRule
    package var passed: Bool
    /// What was found, or what is wrong and what the edge wants.
    package var sentence: String
}

/// How the edge answers an INVITE that breaks a rule.
package struct RuleViolation: Hashable, Sendable {
    package var rule: HeaderRule
    package var status: StatusCode
    package var errorCode: ExotelErrorCode
    package var sentence: String
}

/// Values of X-Exotel-ErrorCode. 4001 was seen in the field; the others are this simulator's, in the same manner.
package enum ExotelErrorCode: UInt32, Hashable, Sendable {
    /// A mandatory header is missing or malformed.
    case malformed = 4_000
    /// Account, domain or caller id is not this trunk's.
    case notAuthorised = 4_001
    /// A header that only Exotel may set.
    case reservedHeader = 4_002
    /// The called number is not mapped to a flow.
    case notMapped = 4_004
    /// More calls a minute than the trunk may place.
    case rateExceeded = 4_029
    /// The media of the offer cannot be met.
    case mediaRefused = 4_088
}

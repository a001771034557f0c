/// The name of a header field, compared without case; compact forms are the same name as the long ones.
package struct HeaderName: Sendable {
    /// As it is written: the RFC's spelling of a known name, else the spelling that it came with.
    package let text: String
    /// What is compared.
    private let key: String

    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isTokenCharacter) else { throw .notAToken }
        let key = text.asciiLowercased
        let canonical = Self.canonicalText[key] ?? String(text)
        self.text = canonical
        self.key = canonical.asciiLowercased
    }

    /// A name of the program's own text.
    package init(trusted text: StaticString) {
        self.text = text.description
        self.key = self.text.asciiLowercased
        precondition(!self.text.isEmpty && self.text.utf8.allSatisfy(\.isTokenCharacter), "not a header name")
    }

    /// Whether the name begins with the text, without regard to case: `X-Exotel-` names a family.
    package func hasPrefix(_ prefix: String) -> Bool {
        self.key.hasPrefix(prefix.asciiLowercased)
    }
}

extension HeaderName: Hashable {
    package static func == (left: HeaderName, right: HeaderName) -> Bool {
        left.key == right.key
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.key)
    }
}

extension HeaderName: CustomStringConvertible {
    package var description: String { self.text }
}

extension HeaderName {
    package static let accept = HeaderName(trusted: "Accept")
    package static let acceptEncoding = HeaderName(trusted: "Accept-Encoding")
    package static let acceptLanguage = HeaderName(trusted: "Accept-Language")
    package static let allow = HeaderName(trusted: "Allow")
    package static let allowEvents = HeaderName(trusted: "Allow-Events")
    package static let authorization = HeaderName(trusted: "Authorization")
    package static let authenticationInfo = HeaderName(trusted: "Authentication-Info")
    package static let callID = HeaderName(trusted: "Call-ID")
    package static let contact = HeaderName(trusted: "Contact")
    package static let contentDisposition = HeaderName(trusted: "Content-Disposition")
    package static let contentEncoding = HeaderName(trusted: "Content-Encoding")
    package static let contentLength = HeaderName(trusted: "Content-Length")
    package static let contentType = HeaderName(trusted: "Content-Type")
    package static let cSeq = HeaderName(trusted: "CSeq")
    package static let date = HeaderName(trusted: "Date")
    package static let event = HeaderName(trusted: "Event")
    package static let expires = HeaderName(trusted: "Expires")
    package static let from = HeaderName(trusted: "From")
    package static let identity = HeaderName(trusted: "Identity")
    package static let infoPackage = HeaderName(trusted: "Info-Package")
    package static let maxForwards = HeaderName(trusted: "Max-Forwards")
    package static let minExpires = HeaderName(trusted: "Min-Expires")
    package static let minSE = HeaderName(trusted: "Min-SE")
    package static let pAssertedIdentity = HeaderName(trusted: "P-Asserted-Identity")
    package static let pEarlyMedia = HeaderName(trusted: "P-Early-Media")
    package static let pPreferredIdentity = HeaderName(trusted: "P-Preferred-Identity")
    package static let privacy = HeaderName(trusted: "Privacy")
    package static let proxyAuthenticate = HeaderName(trusted: "Proxy-Authenticate")
    package static let proxyAuthorization = HeaderName(trusted: "Proxy-Authorization")
    package static let proxyRequire = HeaderName(trusted: "Proxy-Require")
    package static let rAck = HeaderName(trusted: "RAck")
    package static let reason = HeaderName(trusted: "Reason")
    package static let recvInfo = HeaderName(trusted: "Recv-Info")
    package static let recordRoute = HeaderName(trusted: "Record-Route")
    package static let referSub = HeaderName(trusted: "Refer-Sub")
    package static let referTo = HeaderName(trusted: "Refer-To")
    package static let referredBy = HeaderName(trusted: "Referred-By")
    package static let remotePartyID = HeaderName(trusted: "Remote-Party-ID")
    package static let replaces = HeaderName(trusted: "Replaces")
    package static let require = HeaderName(trusted: "Require")
    package static let retryAfter = HeaderName(trusted: "Retry-After")
    package static let route = HeaderName(trusted: "Route")
    package static let rSeq = HeaderName(trusted: "RSeq")
    package static let server = HeaderName(trusted: "Server")
    package static let sessionExpires = HeaderName(trusted: "Session-Expires")
    package static let subject = HeaderName(trusted: "Subject")
    package static let subscriptionState = HeaderName(trusted: "Subscription-State")
    package static let supported = HeaderName(trusted: "Supported")
    package static let to = HeaderName(trusted: "To")
    package static let unsupported = HeaderName(trusted: "Unsupported")
    package static let userAgent = HeaderName(trusted: "User-Agent")
    package static let userToUser = HeaderName(trusted: "User-to-User")
    package static let via = HeaderName(trusted: "Via")
    package static let warning = HeaderName(trusted: "Warning")
    package static let wwwAuthenticate = HeaderName(trusted: "WWW-Authenticate")
    package static let xExotelAccountSid = HeaderName(trusted: "X-Exotel-AccountSid")
    package static let xExotelCallSid = HeaderName(trusted: "X-Exotel-CallSid")
    package static let xExotelErrorCode = HeaderName(trusted: "X-Exotel-ErrorCode")
    package static let xExotelLegSid = HeaderName(trusted: "X-Exotel-LegSid")
    package static let xExotelTrunkSid = HeaderName(trusted: "X-Exotel-TrunkSid")

    /// Lower-case names and compact forms (RFC 3261 section 20 and the extensions' registrations) to the RFC's
    /// spelling.
    private static let canonicalText: [String: String] = {
        let known: [HeaderName] = [
            .accept, .acceptEncoding, .acceptLanguage, .allow, .allowEvents, .authenticationInfo, .authorization,
            .callID, .contact, .contentDisposition, .contentEncoding, .contentLength, .contentType, .cSeq, .date,
            .event, .expires, .from, .identity, .infoPackage, .maxForwards, .minExpires, .minSE, .pAssertedIdentity,
            .pEarlyMedia, .pPreferredIdentity, .privacy, .proxyAuthenticate, .proxyAuthorization, .proxyRequire,
            .rAck, .reason, .recordRoute, .recvInfo, .referSub, .referTo, .referredBy, .remotePartyID, .replaces,
            .require, .retryAfter, .route, .rSeq, .server, .sessionExpires, .subject, .subscriptionState, .supported,
            .to, .unsupported, .userAgent, .userToUser, .via, .warning, .wwwAuthenticate, .xExotelAccountSid,
            .xExotelCallSid, .xExotelErrorCode, .xExotelLegSid, .xExotelTrunkSid,
        ]
        let compact: [String: HeaderName] = [
            "b": .referredBy, "c": .contentType, "e": .contentEncoding, "f": .from, "i": .callID, "k": .supported,
            "l": .contentLength, "m": .contact, "o": .event, "r": .referTo, "s": .subject, "t": .to,
            "u": .allowEvents, "v": .via, "x": .sessionExpires, "y": .identity,
        ]
        var table = compact.mapValues(\.text)
        for name in known { table[name.key] = name.text }
        return table
    }()
}

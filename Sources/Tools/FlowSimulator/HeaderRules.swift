import SIPSyntax

/// Judges INVITEs by the header table of the flow guide.
package struct HeaderRules: Sendable {
    private let account: String
    private let fromDomain: String
    private let exophones: Set<String>
    private let mode: NumberMode

    package init(_ edge: EdgeConfiguration) {
        self.account = edge.account
        self.fromDomain = edge.fromDomain
        self.exophones = Set(edge.exophones)
        self.mode = edge.mode
    }

    /// A verdict for each rule, and the answer that the first broken one asks for.
    package func judge(
        _ invite: Request, cameBy transport: SIPTransportName
    ) -> (verdicts: [RuleVerdict], violation: RuleViolation?) {
        var verdicts: [RuleVerdict] = []
        var violation: RuleViolation?
        for rule in HeaderRule.allCases {
            switch self.check(rule, invite, transport) {
            case .passed(let sentence):
                verdicts.append(RuleVerdict(rule: rule, passed: true, sentence: sentence))
            case .broken(let status, let errorCode, let sentence):
                verdicts.append(RuleVerdict(rule: rule, passed: false, sentence: sentence))
                violation =
                    violation
                    ?? RuleViolation(rule: rule, status: status, errorCode: errorCode, sentence: sentence)
            }
        }
        return (verdicts, violation)
    }

    /// `+`, then 7 to 15 digits of which the first is not 0.
    package static func isE164(_ number: String) -> Bool {
        let digits = number.utf8.dropFirst()
        return number.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count)
            && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private enum Outcome {
        case passed(String)
        case broken(StatusCode, ExotelErrorCode, String)
    }

    private func check(_ rule: HeaderRule, _ invite: Request, _ transport: SIPTransportName) -> Outcome {
        let headers = invite.headers
        switch rule {
        case .reservedHeaders: return self.reservedHeaders(headers)
        case .via: return self.via(headers, transport)
        case .fromPresent: return self.from(headers)
        case .toPresent: return Self.mandatory(.to, (try? headers.to) != nil)
        case .callID: return Self.mandatory(.callID, (try? headers.callID) != nil)
        case .cSeq: return Self.mandatory(.cSeq, (try? headers.cSeq)?.method == .invite)
        case .maxForwards: return self.maxForwards(headers)
        case .contact: return self.contact(headers)
        case .contentType: return self.contentType(headers)
        case .body:
            guard invite.body.isEmpty else { return .passed("The INVITE carries a session description") }
            return .broken(.badRequest, .malformed, "The INVITE carries no session description")
        case .require: return self.require(headers)
        case .accountSid: return self.accountSid(headers)
        case .fromDomain: return self.domainOfFrom(headers)
        case .fromNumber: return self.numberOfFrom(headers)
        case .requestURI: return self.requestURI(invite)
        case .toNumber: return self.numberOfTo(headers)
        case .mapping: return self.mapping(invite)
        }
    }

    // MARK: Mandatory header fields

    private static func mandatory(_ name: HeaderName, _ isSound: Bool) -> Outcome {
        isSound
            ? .passed("\(name) is there")
            : .broken(.badRequest, .malformed, "\(name) is mandatory and is missing or malformed")
    }

    private func reservedHeaders(_ headers: Headers) -> Outcome {
        for name in [HeaderName.xExotelCallSid, .xExotelLegSid, .xExotelTrunkSid] where headers.contains(name) {
            return .broken(.badRequest, .reservedHeader, "\(name) is set by Exotel alone and must not be sent")
        }
        return .passed("No header that Exotel injects is there")
    }

    private func via(_ headers: Headers, _ transport: SIPTransportName) -> Outcome {
        guard let via = try? headers.topVia else { return Self.mandatory(.via, false) }
        guard via.transport == transport.viaTransport else {
            let name = transport.viaTransport
            return .broken(
                .badRequest, .malformed, "Via names another transport than \(name), by which the INVITE came")
        }
        guard via.hasMagicCookie else {
            return .broken(.badRequest, .malformed, "The branch of Via does not begin with z9hG4bK")
        }
        return Self.mandatory(.via, true)
    }

    private func from(_ headers: Headers) -> Outcome {
        guard let from = try? headers.from else { return Self.mandatory(.from, false) }
        guard from.tag != nil else { return .broken(.badRequest, .malformed, "From is mandatory and has no tag") }
        return Self.mandatory(.from, true)
    }

    private func maxForwards(_ headers: Headers) -> Outcome {
        guard let hops = try? headers.maxForwards else {
            return Self.mandatory(.maxForwards, false)
        }
        guard hops > 0 else { return .broken(.tooManyHops, .malformed, "Max-Forwards is used up") }
        return .passed("Max-Forwards is \(hops)")
    }

    private func contact(_ headers: Headers) -> Outcome {
        guard let contacts = try? headers.contacts, contacts.count == 1, contacts[0].uri.sip != nil else {
            return .broken(.badRequest, .malformed, "Contact is mandatory, as one SIP URI")
        }
        let hasBrackets = headers.first(.contact)?.text.contains("<") == true
        return .passed(
            hasBrackets
                ? "Contact is there"
                : "Contact has no angle brackets, as in the guide's sample; its transport is taken from either side")
    }

    private func contentType(_ headers: Headers) -> Outcome {
        guard let type = try? headers.contentType else { return Self.mandatory(.contentType, false) }
        guard type.matches(.sdp) else {
            return .broken(.unsupportedMediaType, .malformed, "Content-Type has to be application/sdp")
        }
        return Self.mandatory(.contentType, true)
    }

    private func require(_ headers: Headers) -> Outcome {
        guard !headers.contains(.require) else {
            return .broken(.badExtension, .malformed, "Require names an extension that the edge does not have")
        }
        return .passed("No extension is required")
    }

    // MARK: Whose call it is

    private func accountSid(_ headers: Headers) -> Outcome {
        let name = HeaderName.xExotelAccountSid
        guard let sid = headers.first(name)?.text, !sid.isEmpty else {
            if self.mode == .pstn { return .passed("\(name) is not needed in PSTN mode") }
            return .broken(.forbidden, .notAuthorised, "\(name) is mandatory and is missing: no flow can be found")
        }
        guard sid == self.account else {
            return .broken(.forbidden, .notAuthorised, "\(name) is not the account of this trunk")
        }
        return .passed("\(name) names the account")
    }

    private func domainOfFrom(_ headers: Headers) -> Outcome {
        guard let uri = (try? headers.from)?.uri.sip, uri.host.description == self.fromDomain.lowercased() else {
            return .broken(.forbidden, .notAuthorised, "The domain of From has to be \(self.fromDomain)")
        }
        return .passed("From has the domain of the account")
    }

    private func numberOfFrom(_ headers: Headers) -> Outcome {
        guard let user = (try? headers.from)?.uri.sip?.user, Self.isE164(user) else {
            return .broken(.forbidden, .notAuthorised, "The caller's number in From is not E.164")
        }
        if self.mode == .pstn, !self.exophones.isEmpty, !self.exophones.contains(user) {
            return .broken(.forbidden, .notAuthorised, "The caller's number in From is no Exophone of this trunk")
        }
        return .passed("From carries an E.164 number")
    }

    private func requestURI(_ invite: Request) -> Outcome {
        guard let uri = invite.uri.sip else {
            return .broken(.unsupportedURIScheme, .malformed, "The Request-URI is not a SIP URI")
        }
        guard let user = uri.user, Self.isE164(user) else {
            return .broken(.addressIncomplete, .malformed, "The number in the Request-URI is not E.164")
        }
        return .passed("The Request-URI carries an E.164 number")
    }

    private func numberOfTo(_ headers: Headers) -> Outcome {
        guard let user = (try? headers.to)?.uri.sip?.user, Self.isE164(user) else {
            return .broken(.addressIncomplete, .malformed, "The number in To is not E.164")
        }
        return .passed("To carries an E.164 number")
    }

    private func mapping(_ invite: Request) -> Outcome {
        if self.mode == .pstn || self.exophones.isEmpty { return .passed("Every number is served") }
        guard let user = invite.uri.sip?.user, self.exophones.contains(user) else {
            return .broken(.notFound, .notMapped, "The number in the Request-URI is not mapped to a flow")
        }
        return .passed("The number is mapped to the flow")
    }
}

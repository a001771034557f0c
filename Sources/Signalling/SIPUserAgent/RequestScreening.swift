import SIPSyntax
import SIPTransaction

/// Whether a request can be taken at all, in the order of RFC 3261 section 8.2.
enum RequestScreening {
    struct Refusal: Hashable, Sendable {
        var status: StatusCode
        var headers: [Headers.Field] = []

        init(_ status: StatusCode, _ headers: [Headers.Field] = []) {
            self.status = status
            self.headers = headers
        }
    }

    /// Nil when nothing speaks against the request so far. Max-Forwards is a proxy's business: an endpoint that is the
    /// last hop takes a request that has none left (RFC 4475 section 3.3.11).
    static func refusal(of request: Request, _ settings: SessionSettings) -> Refusal? {
        if let refusal = Self.methodRefusal(request, settings) { return refusal }
        if request.uri.sip == nil { return Refusal(.unsupportedURIScheme) }
        guard let required = try? request.headers.require else { return Refusal(.badRequest) }
        let unsupported = required.filter { tag in
            !Capabilities.optionTags.contains { $0.text.lowercased() == tag.text.lowercased() }
        }
        // A required extension is ignored in CANCEL, as there is no way to answer it (section 8.2.2.3).
        if !unsupported.isEmpty, request.method != .cancel {
            return Refusal(.badExtension, [Headers.Field(name: .unsupported, value: unsupported.headerValue)])
        }
        let describes = request.method == .invite || request.method == .update || request.method == .prack
        return describes ? Self.contentRefusal(request) : nil
    }

    private static func methodRefusal(_ request: Request, _ settings: SessionSettings) -> Refusal? {
        if Capabilities.methods.contains(request.method) { return nil }
        return Refusal(.methodNotAllowed, [Headers.Field(name: .allow, value: settings.methods.headerValue)])
    }

    /// The body must be SDP in the clear, and the answer must be one that the peer reads (sections 8.2.3 and 21.4.7).
    private static func contentRefusal(_ request: Request) -> Refusal? {
        let accept = Headers.Field(name: .accept, value: Capabilities.mediaTypes.headerValue)
        if !request.body.isEmpty {
            let encoding = request.headers.first(.contentEncoding)?.text.lowercased()
            guard encoding == nil || encoding == "identity" else {
                return Refusal(
                    .unsupportedMediaType,
                    [
                        accept, Headers.Field(name: .acceptEncoding, value: HeaderValue(trusted: "identity")),
                    ])
            }
            guard let type = try? request.headers.contentType, type.matches(.sdp) else {
                return Refusal(.unsupportedMediaType, [accept])
            }
        }
        guard let accepted = try? request.headers.accept else { return nil }
        let admitsSDP = accepted.contains { range in
            range.matches(.sdp) || range.type == "*" || (range.type == "application" && range.subtype == "*")
        }
        return admitsSDP ? nil : Refusal(.notAcceptable)
    }
}

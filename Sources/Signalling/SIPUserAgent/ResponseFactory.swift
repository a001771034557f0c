import SIPSyntax
import SIPTransaction

/// Builds responses: RFC 3261 section 8.2.6.
struct ResponseFactory: Sendable {
    let product: HeaderValue?

    /// A response to `request`. `tag` is put into To when the request's To has none; 100 never gets one.
    func response(
        _ status: StatusCode, to request: Request, tag: Token?, extra: [Headers.Field] = [], sdp: [UInt8] = []
    ) -> Response {
        var headers = Headers()
        for name in [HeaderName.via, .from] { Self.copy(name, from: request.headers, to: &headers) }
        Self.copyTo(from: request.headers, to: &headers, tag: status == .trying ? nil : tag)
        for name in [HeaderName.callID, .cSeq] { Self.copy(name, from: request.headers, to: &headers) }
        self.finish(&headers, extra: extra, sdp: sdp)
        return Response(status: status, headers: headers, body: sdp)
    }

    /// A response that makes or refreshes a dialog: it repeats Record-Route and has our Contact (section 12.1.1).
    func dialogResponse(
        _ status: StatusCode, to request: Request, dialog: Dialog, settings: SessionSettings, extra: [Headers.Field],
        sdp: [UInt8]
    ) -> Response {
        var headers = Headers()
        for name in [HeaderName.via, .recordRoute, .from] { Self.copy(name, from: request.headers, to: &headers) }
        headers.add(.to, dialog.local)
        for name in [HeaderName.callID, .cSeq] { Self.copy(name, from: request.headers, to: &headers) }
        headers.add(.contact, NameAddress(uri: dialog.contact))
        Capabilities.addTo(&headers, settings)
        self.finish(&headers, extra: extra, sdp: sdp)
        return Response(status: status, headers: headers, body: sdp)
    }

    /// The answer to a request that could not be read, of what was saved of it. `headers` has the top Via filled in.
    func response(_ status: StatusCode, toMalformed headers: Headers, tag: Token?) -> Response {
        var answer = Headers()
        for name in [HeaderName.via, .from] { Self.copy(name, from: headers, to: &answer) }
        Self.copyTo(from: headers, to: &answer, tag: tag)
        for name in [HeaderName.callID, .cSeq] { Self.copy(name, from: headers, to: &answer) }
        self.finish(&answer, extra: [], sdp: [])
        return Response(status: status, headers: answer)
    }

    private func finish(_ headers: inout Headers, extra: [Headers.Field], sdp: [UInt8]) {
        for field in extra { headers.add(field.name, field.value) }
        if let product { headers.add(.server, product) }
        if !sdp.isEmpty { headers.add(.contentType, MediaType.sdp) }
    }

    private static func copy(_ name: HeaderName, from source: Headers, to target: inout Headers) {
        for value in source.all(name) { target.add(name, value) }
    }

    private static func copyTo(from source: Headers, to target: inout Headers, tag: Token?) {
        if let tag, var to = try? source.to, to.tag == nil {
            to.setTag(tag)
            target.add(.to, to)
        } else {
            Self.copy(.to, from: source, to: &target)
        }
    }
}

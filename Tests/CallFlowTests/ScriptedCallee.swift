import Addressing
import SIPSyntax
import SIPUserAgent
import VirtualNetwork

/// Messages of a callee that is no user agent core, so that it can do what ours never would.
struct ScriptedCallee {
    var tag = "script"
    var contact: String
    var recordRoutes: [String] = []
    /// The hop that the script's own requests come by.
    var branch = "z9hG4bKscript"

    init(contact: String = "<sip:bob@198.51.100.2:5060>") {
        self.contact = contact
    }

    func response(_ status: StatusCode, to request: Request, sdp: [UInt8] = []) -> SIPMessage {
        var headers = Headers()
        for name in [HeaderName.via, .from, .callID, .cSeq] {
            for value in request.headers.all(name) { headers.add(name, value) }
        }
        if var to = try? request.headers.to {
            if to.tag == nil, status != .trying, let tag = try? Token(self.tag) { to.setTag(tag) }
            headers.add(.to, to)
        }
        self.add(.recordRoute, self.recordRoutes, to: &headers)
        self.add(.contact, [self.contact], to: &headers)
        if !sdp.isEmpty { headers.add(.contentType, MediaType.sdp) }
        return .response(Response(status: status, headers: headers, body: sdp))
    }

    /// A request of the callee in the dialog that `invite` opened; `sequence` is its CSeq number.
    func request(
        _ method: Method, after invite: Request, sequence: UInt32, sdp: [UInt8] = [], tag: String? = nil
    ) -> SIPMessage {
        var headers = Headers()
        self.add(
            .via, ["SIP/2.0/TCP 198.51.100.2:5060;branch=\(self.branch)\(method)\(sequence);rport"], to: &headers)
        headers.add(.maxForwards, UInt32(70))
        if var from = try? invite.headers.to {
            if let tag = try? Token(tag ?? self.tag) { from.setTag(tag) }
            headers.add(.from, from)
        }
        if let to = invite.headers.first(.from) { headers.add(.to, to) }
        if let callID = invite.headers.first(.callID) { headers.add(.callID, callID) }
        headers.add(.cSeq, CSeq(number: sequence, method: method))
        self.add(.contact, [self.contact], to: &headers)
        if !sdp.isEmpty { headers.add(.contentType, MediaType.sdp) }
        let target = (try? invite.headers.contacts)?.first?.uri ?? invite.uri
        return .request(Request(method: method, uri: target, headers: headers, body: sdp))
    }

    private func add(_ name: HeaderName, _ values: [String], to headers: inout Headers) {
        for text in values {
            guard let value = try? HeaderValue(text) else { continue }
            headers.add(name, value)
        }
    }
}

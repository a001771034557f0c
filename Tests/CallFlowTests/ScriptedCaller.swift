import Addressing
import SIPSyntax
import SIPUserAgent
import VirtualNetwork

/// Messages of a caller that is no user agent core: it repeats, withdraws and acknowledges when the test says so.
struct ScriptedCaller {
    var callID = "scripted@192.0.2.1"
    var fromTag = "script"
    var transport: SIPTransportName = .udp

    /// The INVITE; `lines` come after its own fields.
    func invite(branch: String = "z9hG4bKinvite", sdp: [UInt8] = CallFlow.offer, _ lines: [String] = []) throws
        -> SIPMessage
    {
        try self.request("INVITE", branch: branch, sequence: 1, toTag: nil, sdp: sdp, lines)
    }

    /// A request of the call. CANCEL and the ACK of a refusal have the INVITE's `branch`.
    func request(
        _ method: String, branch: String, sequence: Int, toTag: String?, sdp: [UInt8] = [], _ lines: [String] = []
    ) throws -> SIPMessage {
        let word = self.transport.rawValue.uppercased()
        let head =
            [
                "\(method) sip:bob@198.51.100.2:5060 SIP/2.0", "Via: SIP/2.0/\(word) 192.0.2.1:5060;branch=\(branch)",
                "Max-Forwards: 70", "From: <sip:alice@192.0.2.1>;tag=\(self.fromTag)",
                "To: <sip:bob@198.51.100.2>" + (toTag.map { ";tag=\($0)" } ?? ""), "Call-ID: \(self.callID)",
                "CSeq: \(sequence) \(method)",
                "Contact: <sip:alice@192.0.2.1:5060;transport=\(self.transport.rawValue)>",
            ] + lines + (sdp.isEmpty ? [] : ["Content-Type: application/sdp"])
        let text = (head + ["Content-Length: \(sdp.count)", "", ""]).joined(separator: "\r\n")
        return try MessageParser.parse(Array(text.utf8) + sdp)
    }

    func response(_ status: StatusCode, to request: Request, _ lines: [(HeaderName, String)] = []) -> SIPMessage {
        var headers = Headers()
        for name in [HeaderName.via, .from, .to, .callID, .cSeq] {
            for value in request.headers.all(name) { headers.add(name, value) }
        }
        for (name, text) in lines {
            guard let value = try? HeaderValue(text) else { continue }
            headers.add(name, value)
        }
        return .response(Response(status: status, headers: headers))
    }
}

/// What a script remembers between messages.
final class ScriptMemory {
    /// The tag of the other side's answers, once it has one.
    var toTag: String?
    var responses: [Response] = []
    var requests: [Request] = []

    func note(_ message: SIPMessage) {
        switch message {
        case .request(let request):
            self.requests.append(request)
        case .response(let response):
            self.responses.append(response)
            if let tag = (try? response.headers.to)?.tag { self.toTag = tag }
        }
    }
}

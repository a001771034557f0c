import Addressing
import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// Messages and paths that the tests of this room share.
enum Messages {
    static let ours = TransportAddress(.v4(0xC000_0201), port: 5060)
    static let peer = TransportAddress(.v4(0xC633_6402), port: 5062)

    static func path(_ transport: SIPTransportName = .udp, from remote: TransportAddress = Self.peer) -> TransportPath {
        TransportPath(
            transport: transport, local: Self.ours, remote: remote,
            connection: transport.isReliable ? ConnectionID(number: 7) : nil)
    }

    static func destination(_ transport: SIPTransportName = .udp) -> Destination {
        Destination(transport: transport, host: .ip(Self.peer.address), port: Self.peer.port)
    }

    static func request(
        _ method: Method = .invite, branch: String? = "z9hG4bK1", via: String = "198.51.100.2:5062",
        uri: String =
            "sip:bob@192.0.2.1", fromTag: String? = "a", toTag: String? = nil, callID: String = "c@x",
        sequence: UInt32 = 1, extra: [String] = []
    ) throws -> Request {
        let branchText = branch.map { ";branch=\($0)" } ?? ""
        let lines =
            [
                "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP \(via)\(branchText)", "Max-Forwards: 70",
                "From: <sip:alice@example.com>" + (fromTag.map { ";tag=\($0)" } ?? ""),
                "To: <sip:bob@example.com>" + (toTag.map { ";tag=\($0)" } ?? ""), "Call-ID: \(callID)",
                "CSeq: \(sequence) \(method)",
            ] + extra + ["Content-Length: 0", "", ""]
        let message = try MessageParser.parse(Array(lines.joined(separator: "\r\n").utf8))
        guard case .request(let request) = message else { throw SIPSyntaxError.malformedStartLine }
        return request
    }

    static func response(_ status: StatusCode, to request: Request, toTag: String = "b") throws -> Response {
        var headers = Headers()
        for name in [HeaderName.via, .from, .callID, .cSeq] {
            for value in request.headers.all(name) { headers.add(name, value) }
        }
        var to = try request.headers.to
        to.setTag(try Token(toTag))
        headers.add(.to, to)
        return Response(status: status, headers: headers)
    }
}

extension Instant {
    static func milliseconds(_ count: Int) -> Instant {
        .origin + .milliseconds(count)
    }
}

extension TransactionEvent {
    /// The status or the method of what is sent; nil for other events.
    var sent: String? {
        guard case .send(let message, _) = self else { return nil }
        switch message {
        case .request(let request): return request.method.rawValue
        case .response(let response): return "\(response.status)"
        }
    }

    var sentRequest: Request? {
        if case .send(.request(let request), _) = self { request } else { nil }
    }
}

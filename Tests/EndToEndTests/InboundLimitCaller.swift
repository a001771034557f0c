import Foundation

/// A SIP caller over UDP that is nothing but text: what it gets is what the gateway wrote, read without its parser.
final class BareCaller {
    struct Answer {
        var status: Int
        var text: String

        /// The value of the first header field of this name.
        func header(_ name: String) -> String? {
            self.text.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.split(separator: ":", maxSplits: 1)[1].trimmingCharacters(in: .whitespaces) }
        }
    }

    enum Fault: Error { case noFinalAnswer(to: String) }

    static let plainOffer = """
        v=0\r
        o=- 1 1 IN IP4 127.0.0.1\r
        s=-\r
        c=IN IP4 127.0.0.1\r
        t=0 0\r
        m=audio 39998 RTP/AVP 8\r
        a=rtpmap:8 PCMA/8000\r

        """

    private let socket: LoopbackSocket
    private let gateway: LoopbackSocket.Address
    private let contact: String
    private var branch = 0

    /// - Parameter host: the last octet of its address in 127.0.0.0/24.
    init(to port: Int, from host: UInt8 = 1) throws {
        self.socket = try LoopbackSocket(.init(host: host, port: 0))
        self.gateway = .init(port: UInt16(port))
        self.contact = "127.0.0.\(host):\(self.socket.address.port)"
    }

    /// Sends an INVITE, acknowledges the final answer and returns it.
    func invite(_ number: String, offer: String = plainOffer) async throws -> Answer {
        self.branch += 1
        let dialog = "\(self.branch)-\(UInt32.random(in: .min ... .max))"
        let request = { (method: String, to: String, body: String) in
            """
            \(method) sip:\(number)@127.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP \(self.contact);branch=z9hG4bK\(dialog)\(method == "ACK" ? "a" : "");rport\r
            Max-Forwards: 70\r
            From: <sip:+919000000002@127.0.0.1>;tag=bare\r
            To: \(to)\r
            Call-ID: \(dialog)@bare\r
            CSeq: 1 \(method)\r
            Contact: <sip:\(self.contact)>\r
            Content-Type: application/sdp\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        }
        self.socket.send(Array(request("INVITE", "<sip:\(number)@127.0.0.1>", offer).utf8), to: self.gateway)
        for _ in 0..<1_000 {
            for (_, bytes) in self.socket.receive() {
                let text = String(decoding: bytes, as: UTF8.self)
                guard text.contains(dialog), let status = Int(text.dropFirst(8).prefix(3)), status >= 200 else {
                    continue
                }
                let answer = Answer(status: status, text: text)
                var ack = request("ACK", answer.header("To") ?? "", "")
                // The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3).
                if status >= 300 { ack = ack.replacing("\(dialog)a;", with: "\(dialog);") }
                self.socket.send(Array(ack.utf8), to: self.gateway)
                return answer
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Fault.noFinalAnswer(to: number)
    }
}

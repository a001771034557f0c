import Foundation

/// A scenario of the folder `Peers` in which both sides of a call act, run once by sipp. It fails, and sipp's exit status
/// tells, on any message that it does not expect and on any field that is not as it says.
struct SippScenario {
    enum Role {
        /// Is called at `peer.port`, and sends back what it hears.
        case callee
        /// Calls a number of the gateway.
        case caller(of: String, atPort: Int)
    }

    let peer: SippPeer
    private let messages: String

    /// - Parameters:
    ///   - values: of placeholders that only this scenario has.
    ///   - takesUpdate: whether its Allow has UPDATE.
    init(
        _ name: String, _ role: Role, _ transport: SippPeer.Transport = .udp, values: [String: String] = [:],
        takesUpdate: Bool = true, in workshop: Workshop
    ) async throws {
        let stem = "\(name)-\(UInt32.random(in: .min ... .max))"
        self.messages = workshop.path("\(stem).messages")
        let speech = workshop.path("\(stem).al")
        try PeerSound(tone: PeerSound.farTone, seconds: 10).aLaw.write(to: URL(filePath: speech))
        var values = values.merging(["SPEECH": speech]) { own, _ in own }
        var arguments = ["-m", "1", "-trace_msg", "-message_file", self.messages]
        switch role {
        case .callee:
            arguments.append("-rtp_echo")
        case .caller(let number, let port):
            values["NUMBER"] = number
            arguments.append("127.0.0.1:\(port)")
        }
        let allow = "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, PRACK" + (takesUpdate ? ", UPDATE" : "")
        values.merge(Self.parts(allow)) { own, _ in own }
        // Parts have placeholders too, of values and not of parts.
        let nested = values.mapValues { part in
            values.reduce(part) { $0.replacing("@\($1.key)@", with: $1.value) }
        }
        let scenario = try PeerProgram.template("\(name).xml", nested)
        let file = try workshop.write(scenario, to: "\(stem).xml")
        self.peer = try await SippPeer(["-sf", file] + arguments, transport, in: workshop)
        if case .callee = role { try await PeerProgram.holds(self.peer.port) }
    }

    /// Waits for the end and tells whether all went as the scenario says.
    func succeeds(within time: Duration = .seconds(60)) async throws -> Bool {
        try await self.peer.program.exitStatus(within: time) == 0
    }

    /// The messages that it got, in order.
    func received() throws -> [String] {
        try String(contentsOfFile: self.messages, encoding: .utf8)
            .split(separator: "-----------------------------------------------")
            .filter { $0.prefix(100).contains(" message received ") }
            .compactMap { entry in
                // A line of the time, a line that says what it is, an empty one, and the message.
                guard let start = entry.firstRange(of: "bytes :\n\n")?.upperBound else { return nil }
                return String(entry[start...])
            }
    }

    /// The `o=` lines of the descriptions that it got: of one session, their last but three words grow as it changes.
    func origins() throws -> [String] {
        try self.received().compactMap { message in
            message.split(whereSeparator: \.isNewline).first { $0.hasPrefix("o=") }.map(String.init)
        }
    }

    /// What scenarios share. Requests in a dialog are written with CALLING by a caller and with CALLED by a callee, answers to
    /// them with REPLYING; a callee remembers the INVITE with INVITED and answers it, then or later, with ANSWERING.
    private static func parts(_ allow: String) -> [String: String] {
        let via = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        let callee = "Contact: <sip:answer@[local_ip]:[local_port];transport=[transport]>\n\(allow)"
        let caller = """
            Max-Forwards: 70
            From: "+919000000002" <sip:+919000000002@[local_ip]>;tag=[pid]call[call_number]
            To: <sip:@NUMBER@@[remote_ip]>[peer_tag_param]
            Call-ID: [call_id]
            Contact: <sip:+919000000002@[local_ip]:[local_port];transport=[transport]>
            \(allow)
            """
        let remembered = [("Via", "via"), ("From", "caller"), ("To", "callee"), ("CSeq", "number")].map {
            #"<ereg regexp=".*" search_in="hdr" header="\#($0):" assign_to="\#($1)"/>"#
        }
        let target = #"<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>"#
        return [
            "CALLER": caller, "CALLING": via + caller, "CALLEE": callee,
            "INVITED": (remembered + [target]).joined(separator: "\n   "),
            "ANSWERING": """
            Via:[$via]
            From:[$caller]
            To:[$callee];tag=[pid]answer[call_number]
            Call-ID: [call_id]
            CSeq:[$number]
            \(callee)
            """,
            "REPLYING": "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n\(callee)",
            "CALLED": """
            \(via)Max-Forwards: 70
            From:[$callee];tag=[pid]answer[call_number]
            To:[$caller]
            Call-ID: [call_id]
            \(callee)
            """,
            "FIRST": Self.audio("sendrecv", version: 1), "HELD": Self.audio("recvonly", version: 2),
            "RESUMED": Self.audio("sendrecv", version: 3), "HOLDS": Self.audio("sendonly", version: 4),
            "LAST": Self.audio("sendrecv", version: 5),
        ]
    }

    /// A description, with the fields before it.
    private static func audio(_ direction: String, version: Int) -> String {
        """
        Content-Type: application/sdp
        Content-Length: [len]

        v=0
        o=- 1 \(version) IN IP4 [local_ip]
        s=-
        c=IN IP4 [media_ip]
        t=0 0
        m=audio [media_port] RTP/AVP 8 101
        a=rtpmap:8 PCMA/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=ptime:20
        a=\(direction)
        """
    }
}

import Foundation

/// sipp with a scenario of the folder `Peers`: plain SIP over UDP or TCP, plain RTP.
struct SippPeer {
    enum Transport: String, CaseIterable {
        case udp
        case tcp

        /// One socket for all calls.
        var option: String {
            switch self {
            case .udp: "u1"
            case .tcp: "t1"
            }
        }
    }

    let program: ChildProgram
    let port: Int

    /// Answers calls, and echoes their RTP where asked to.
    ///
    /// - Parameters:
    ///   - calls: ends after so many.
    ///   - keys: the `a=crypto` attribute of its answer, with RTP/SAVP; it encrypts nothing, so it is for calls whose
    ///     media does not matter.
    ///   - contact: the URI that it names as its own; nil is the right one.
    static func answering(
        _ transport: Transport, calls: Int, echoes: Bool, keys: String? = nil, contact: String? = nil,
        in workshop: Workshop
    ) async throws -> SippPeer {
        let scenario = try PeerProgram.template(
            "sipp-answer.xml",
            [
                "PROFILE": keys == nil ? "RTP/AVP" : "RTP/SAVP", "KEYS": keys.map { "a=crypto:\($0)\n" } ?? "",
                "CONTACT": contact ?? "sip:answer@[local_ip]:[local_port];transport=[transport]",
            ])
        let file = try workshop.write(scenario, to: "sipp-answer.xml")
        let sipp = try await SippPeer(
            ["-sf", file, "-m", "\(calls)"] + (echoes ? ["-rtp_echo"] : []), transport, in: workshop)
        try await PeerProgram.holds(sipp.port)
        return sipp
    }

    /// Calls the gateway once, says the far end's tone, and hangs up by itself.
    static func calling(
        _ number: String, atPort port: Int, _ transport: Transport, saying sound: PeerSound,
        hangsUpAfter time: Duration, in workshop: Workshop
    ) async throws -> SippPeer {
        let speech = workshop.folder.appending(path: "speech.al")
        try sound.aLaw.write(to: speech)
        let values = [
            "NUMBER": number, "SPEECH": speech.path(), "DURATION": "\(time.components.seconds * 1_000)",
        ]
        let file = try workshop.write(try PeerProgram.template("sipp-call.xml", values), to: "sipp-call.xml")
        return try await SippPeer(["-sf", file, "-m", "1", "127.0.0.1:\(port)"], transport, in: workshop)
    }

    init(_ arguments: [String], _ transport: Transport, in workshop: Workshop) async throws {
        let path = try PeerProgram.path(of: "sipp")
        // One for SIP, one for its control socket, the rest for RTP and RTCP.
        let ports = try await PeerProgram.freePorts(16)
        self.port = ports
        self.program = try ChildProgram(
            path,
            [
                "-i", "127.0.0.1", "-p", "\(ports)", "-mi", "127.0.0.1", "-mp", "\(ports + 4)", "-cp", "\(ports + 1)",
                "-t", transport.option, "-nostdin", "-timeout", "150s",
            ] + arguments, directory: workshop.folder)
    }
}

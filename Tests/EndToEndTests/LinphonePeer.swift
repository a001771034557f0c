import Foundation

/// linphone without a sound card: over TLS a caller under SRTP that checks the gateway's certificate as a browser would, over
/// UDP one that is called and says its tone in early media. It plays one tone and keeps what it hears.
struct LinphonePeer {
    let program: ChildProgram
    private let workshop: Workshop
    private let commands: FileHandle

    /// Where it is called, by UDP.
    let port: Int

    /// - Parameter authority: the only authority that it trusts, as a PEM file; nil for one that is called by UDP.
    init(trusting authority: String?, in workshop: Workshop) async throws {
        self.workshop = workshop
        let path = try PeerProgram.path(of: "linphonec")
        let ports = try await PeerProgram.freePorts(4)
        self.port = ports + 1
        let configuration = try workshop.write(
            try PeerProgram.template(
                "linphonerc",
                [
                    "TLS": authority == nil ? "0" : "\(ports)", "RTP": "\(ports + 2)", "AUTHORITY": authority ?? "",
                    "CALLER": PeerTrial.farNumber,
                    "UDP": authority == nil ? "\(ports + 1)" : "0", "ENCRYPTION": authority == nil ? "none" : "srtp",
                    "MANDATORY": authority == nil ? "0" : "1",
                ]),
            to: "linphonerc")
        // It starts nothing, and says so in its log only, where it cannot make its data base.
        for folder in [".local/share/linphone", ".config/linphone"] { _ = try workshop.makeFolder("home/\(folder)") }
        try PeerSound(tone: PeerSound.farTone, seconds: 20).wave
            .write(to: workshop.folder.appending(path: "says.wav"))
        // Opened for both ways, so that its end is never seen: linphonec would spin on it.
        self.program = try ChildProgram(
            "sh",
            [
                "-c", "mkfifo commands && exec stdbuf -oL \"$0\" \"$@\" <> commands", path, "-c", configuration,
                "--real-early-media", "-d", "6", "-l", workshop.path("linphone.log"),
            ], directory: workshop.folder, environment: ["HOME": workshop.path("home")])
        try await self.program.line(with: "video is disabled in linphonec")
        self.commands = try FileHandle(forWritingTo: workshop.folder.appending(path: "commands"))
        for command in ["ipv6 disable", "soundcard use files", "play \(workshop.path("says.wav"))"] {
            try self.tell(command)
        }
        try self.tell("record \(workshop.path("heard.wav"))")
    }

    func dial(_ uri: String) throws {
        try self.tell("call \(uri)")
    }

    /// Answers the call that rings.
    func accept() throws {
        try self.tell("answer")
    }

    func hangUp() throws {
        try self.tell("terminate")
    }

    func quit() async throws {
        try self.tell("quit")
        _ = try await self.program.exitStatus(within: .seconds(20))
    }

    /// What it heard in its only call.
    func heard() throws -> PeerSound {
        try PeerSound(wave: self.workshop.path("heard.wav"))
    }

    /// What it says in its log of the certificates that it was shown, the leaf last: empty, or such as `not-trusted`.
    func faults() throws -> [String] {
        try String(contentsOfFile: self.workshop.path("linphone.log"), encoding: .utf8).split(separator: "\n")
            .compactMap { $0.firstMatch(of: /Found certificate depth=\[\d+\], flags=\[(.*)\]/)?.1 }
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func tell(_ command: String) throws {
        try self.commands.write(contentsOf: Data("\(command)\n".utf8))
    }
}

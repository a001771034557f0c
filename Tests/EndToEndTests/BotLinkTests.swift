import Foundation
import JSON
import Testing

/// The ways to a bot besides a plain WebSocket: TLS, a Unix socket, and AudioSocket's byte stream.
@Suite(.timeLimit(.minutes(5)))
struct BotLinkTests {
    /// plugins/echo with a front before it.
    private struct Echo {
        let bot: ChildProgram
        let front: ChildProgram
        let url: String

        init(_ arguments: [String]) async throws {
            let script = Workshop.project.appending(path: "plugins/echo/echo.py").path()
            self.bot = try ChildProgram("python3", [script, "--port", "0"])
            let url = try #require(URL(string: try await self.bot.line(with: "ws://")))
            let front = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/front.py").path()
            self.front = try ChildProgram("python3", [front, "--to", "\(url.port ?? 0)"] + arguments)
            self.url = try await self.front.line(with: "ws")
        }

        func stop() async throws {
            try await self.front.stop()
            try await self.bot.stop()
        }
    }

    private func expectEcho(of bots: String, name: String = "echo") async throws {
        let workshop = try Workshop()
        let bench = try await CarrierBench(bots: bots, flow: CarrierBench.burst, workshop: workshop)
        let record = try await bench.gateway.endedRecord(of: try await bench.call(name))
        #expect(record["end"]?["by"]?.asString == "remote", "\(record)")
        #expect(try await bench.expectEcho(in: record) < 500)
        _ = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        await bench.close()
    }

    /// Our own authority is trusted because the configuration says so, and the bot wants our certificate too.
    @Test func echoOverTLSWithCertificatesBothWays() async throws {
        let certificates = try TransportCertificates.shared.get()
        let (server, client) = (
            try certificates.files(names: "IP:127.0.0.1"), try certificates.files(names: "DNS:gateway.test")
        )
        let echo = try await Echo([
            "--certificate", server.certificate, "--key", server.key, "--client-authority", certificates.authorityPath,
        ])
        try await self.expectEcho(
            of: """
                echo:
                  url: "\(echo.url)"
                  tls: {authorityFile: "\(certificates.authorityPath)", certificateFile: "\(client.certificate)", \
                keyFile: "\(client.key)"}
                """)
        try await echo.stop()
    }

    /// A certificate that nobody vouches for, and one for another name: no bot, no call, and the reason is said.
    @Test(arguments: [
        ("IP:127.0.0.1", false), ("DNS:somebody.test", true),
    ])
    func untrustedBotIsRefused(names: String, isAuthorityTrusted: Bool) async throws {
        let certificates = try TransportCertificates.shared.get()
        let server = try certificates.files(names: names)
        let echo = try await Echo(["--certificate", server.certificate, "--key", server.key])
        let tls = isAuthorityTrusted ? ", tls: {authorityFile: \"\(certificates.authorityPath)\"}" : ""
        let workshop = try Workshop()
        let bench = try await CarrierBench(bots: "echo: {url: \"\(echo.url)\"\(tls)}", workshop: workshop)
        let record = try await bench.gateway.endedRecord(of: try await bench.call("echo"))
        #expect(record["end"]?["cause"]?.asString == "bot", "\(record)")
        #expect("\(record)".contains("TLS with the bot failed"), "\(record)")
        _ = try await bench.gateway.gaugesAtRest(ServedGateway.heldByMedia)
        await bench.close()
        try await echo.stop()
    }

    @Test func echoOverAUnixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "echo-\(UInt32.random(in: 0 ... .max)).sock")
        defer { try? FileManager.default.removeItem(at: path) }
        let echo = try await Echo(["--unix", path.path()])
        try await self.expectEcho(of: "echo: {url: \"\(echo.url)\"}")
        try await echo.stop()
    }

    /// The call's name first, audio in frames, and the hang-up frame at the end.
    @Test func echoOverAudioSocket() async throws {
        let script = Workshop.project.appending(path: "Tests/EndToEndTests/Bots/audiosocket_echo.py").path()
        let bot = try ChildProgram("python3", [script])
        let url = try await bot.line(with: "tcp://")
        try await self.expectEcho(of: "echo: {url: \"\(url)\", dialect: audiosocket}")
        #expect(try await bot.line(with: "frame 0x01").utf8.count == "frame 0x01 ".utf8.count + 32)
        _ = try await bot.line(with: "frame 0x00")
        _ = try await bot.line(with: "left")
        try await bot.stop()
    }
}

import Foundation
import Testing

/// The short runs of `scripts/load`, each against a gateway of its own: calls by the second, floods, connections that
/// say nothing or half a message, messages that lie, and requests in somebody else's name. `make load` does full ones.
@Suite(.serialized, .timeLimit(.minutes(3))) struct AttackTests {
    @Test(arguments: [
        "calls-in-tcp", "calls-in-tls", "calls-out-tcp", "idle-tcp", "idle-tls", "flood", "bombs", "spoofs",
        "challenges",
    ])
    func theGatewayHolds(against run: String) async throws {
        let script = Workshop.project.appending(path: "scripts/load").path()
        let program = try ChildProgram(
            "python3", [script, "--short", "--binary", Workshop.program, "--bot", Workshop.echoBot, run])
        let status = try await program.exitStatus(within: .seconds(120))
        // The last lines may come a moment after the end.
        try await program.line(with: status == 0 ? "load: ok" : "failed")
        #expect(status == 0, "\(program.lines.joined(separator: "\n"))")
        print(program.lines.joined(separator: "\n"))
    }
}

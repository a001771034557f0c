import Foundation
import JSON
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// What the tests with real peers share: the bot, and the verdict on a call's audio by content.
enum PeerTrial {
    static let number = "+918000000001"
    static let farNumber = "+919999999999"

    /// A bot entry of the configuration: says its tone from the answer on; `listen` is after how much of the caller's
    /// audio it hangs up, in seconds; `more` are further arguments.
    static func bot(_ name: String, listen: Int? = nil, more: [String] = [], in workshop: Workshop) -> String {
        let script = PeerProgram.folder.appending(path: "tone_bot.py").path()
        let arguments = (listen.map { ["--listen", "\($0)"] } ?? []) + more
        let patience = arguments.map { ", \"\($0)\"" }.joined()
        return """
              \(name):
                command: [python3, \(script), --tone, "\(PeerSound.botTone)", --directory, \(workshop.folder.path())\(patience)]
            """
    }

    /// What a bot heard before an event, and what afterwards. The event is the first of its name.
    static func heard(
        _ id: String, around event: String, in workshop: Workshop
    ) throws -> (before: PeerSound, after: PeerSound) {
        let sound = try PeerSound(wave: workshop.path("\(id).wav"))
        let moment = try #require(
            try Self.events(of: id, in: workshop).first { $0["event"]?.asString == event }?["heard_seconds"]?.asDouble)
        let count = min(Int(moment * Double(PeerSound.rate)), sound.samples.count)
        return (
            PeerSound(samples: Array(sound.samples[..<count])), PeerSound(samples: Array(sound.samples[count...]))
        )
    }

    /// The events that a bot got, in order.
    static func events(of id: String, in workshop: Workshop) throws -> [JSONValue] {
        try String(contentsOfFile: workshop.path("\(id).events"), encoding: .utf8)
            .split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }
    }

    /// The holds and resumptions that a bot was told of: `hold local`.
    static func holds(of id: String, in workshop: Workshop) throws -> [String] {
        try Self.events(of: id, in: workshop).compactMap { event in
            guard let name = event["event"]?.asString, ["hold", "resume"].contains(name) else { return nil }
            return "\(name) \(event["by"]?.asString ?? "nobody")"
        }
    }

    static func recordings(in workshop: Workshop) throws -> String {
        """
        recordings:
          directory: \(try workshop.makeFolder("recordings"))
          freeDiskMiB: 16
        """
    }

    /// The far end's tone is what the bot heard and the left channel holds, the bot's is in the right one; nobody hears
    /// himself.
    ///
    /// - Parameter echoes: the far end says nothing of its own but what it hears.
    static func judge(_ record: JSONValue, atLeast seconds: Double, echoes: Bool = false, in workshop: Workshop) throws
    {
        let id = try #require(record["id"]?.asString)
        let path = try #require(record["media"]?["recording"]?["path"]?.asString)
        let left = try PeerSound(wave: path, channel: 0, of: 2)
        let right = try PeerSound(wave: path, channel: 1, of: 2)
        let bot = try PeerSound(wave: workshop.path("\(id).wav"))
        let far = echoes ? PeerSound.botTone : PeerSound.farTone
        for sound in [left, bot] {
            #expect(sound.seconds(of: far) >= seconds)
            #expect(echoes || sound.seconds(of: PeerSound.botTone) == 0)
        }
        #expect(right.seconds(of: PeerSound.botTone) >= seconds)
        #expect(right.seconds(of: PeerSound.farTone) == 0)
        #expect(record["media"]?["codec"]?.asString == "PCMA")
        #expect(record["media"]?["packets_lost"]?.asInt == 0)
    }
}

extension ServedGateway {
    /// Waits for the first record that is written: of a call that came in, whose id nobody was told.
    func firstStoredRecord(within time: Duration = .seconds(30)) async throws -> JSONValue {
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            if let record = try? self.storedRecords().first { return record }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ChildProgram.Fault.lineMissing("a stored record", after: time, seen: self.program.lines)
    }

    /// What these gauges still hold after at most ten seconds; empty when all came to 0.
    func left(of gauges: [String]) async throws -> [String: Int] {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            let json = try await self.request("GET", "/v1/gauges").json
            let left = gauges.reduce(into: [String: Int]()) { $0[$1] = json?[$1]?.asInt ?? -1 }.filter { $0.value != 0 }
            if left.isEmpty || ContinuousClock.now > deadline { return left }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The SIP messages of a call, in order, as the ladder shows them: `-> INVITE (SDP)`, `<- 180 Ringing`.
    func ladder(of id: String) async throws -> [String] {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(self.port)/v1/calls/\(id)/ladder")))
        request.setValue("Bearer \(Self.token)", forHTTPHeaderField: "Authorization")
        let text = String(decoding: try await URLSession.shared.data(for: request).0, as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            guard let open = line.firstIndex(of: "│"), let close = line.lastIndex(of: "│"), open < close else {
                return nil
            }
            let inside = line[line.index(after: open)..<close]
            let label = inside.filter { !"─◀▶".contains($0) }.trimmingCharacters(in: .whitespaces)
            return (inside.contains("▶") ? "-> " : "<- ") + label
        }
    }
}

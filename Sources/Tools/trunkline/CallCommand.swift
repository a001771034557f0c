import ArgumentParser
import BotDialects
import BotProtocol
import CallControl
import Foundation
import Gateway
import JSON
import Logging
import Telemetry
import Trunks

/// `trunkline call`: one call, from the shell.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Place one call and hand it to a bot.",
        discussion: """
            Prints what happens and, at the end, a summary (or with --json the call record). The exit code is 0 when the \
            call was answered and hung up in good order and all that was asked for is written, 1 when not, and 2 when it \
            could not be placed at all.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "The number to call (E.164); in flow mode the Exophone.") var to: String
    @Option(
        help: "The bot: a name of the configuration, a ws:// URL, or a program with its arguments (no shell reads it).")
    var bot: String
    @Option(help: "The dialect of a bot that is given by URL or program.")
    var dialect: BotDialectName?
    @Option(help: "The trunk: a name of the configuration. Not needed when there is only one.") var trunk: String?
    @Option(help: "The caller id to show.") var from: String?
    @Option(help: ArgumentHelp("A header for the INVITE; may be repeated.", valueName: "name: value"))
    var header: [String] = []
    @Option(help: ArgumentHelp("A parameter for the bot's start; may be repeated.", valueName: "name=value"))
    var parameter: [String] = []
    @Option(help: "Give up when nobody has answered after so many seconds.") var ringSeconds: Int?
    @Option(help: "Hang up after so many seconds at the most.") var maximumSeconds: Int?
    @Flag(help: "Print the SIP ladder.") var ladder = false
    @Option(
        help: "Write the SIP messages to this file, for Wireshark; keys and credentials are hidden.",
        completion: .file())
    var pcap: String?
    @Flag(help: "Print the call record as JSON on standard output, and all else on standard error.") var json = false
    @Flag(inversion: .prefixedNo, help: "Record the call, whatever recordings.calls says.") var record: Bool?

    func run() async throws {
        var configuration = try self.common.load()
        let request = try self.request(&configuration)
        if let pcap = self.pcap, let reason = VoiceGateway.whyNotWritable(pcap) {
            throw CommandFailure("--pcap: \(pcap) cannot be written: \(reason).")
        }
        let ended = AsyncStream.makeStream(of: CallRecord.self, bufferingPolicy: .bufferingNewest(1))
        let progress = CallProgress(toStandardError: self.json)
        let gateway = try await VoiceGateway.start(
            configuration, listening: .outboundOnly, logger: self.common.logger(configuration)
        ) { _, event in
            progress.tell(event)
            if case .ended(let record) = event { ended.continuation.yield(record) }
        }
        let identifier: CallIdentifier
        do {
            identifier = try await gateway.directory.place(request)
        } catch {
            await gateway.shutDown()
            throw CommandFailure(error.sentence)
        }
        let interrupt = InterruptSignals {
            Task { _ = await gateway.directory.hangUp(identifier, reason: "interrupted") }
        }
        defer { interrupt.stop() }
        var records = ended.stream.makeAsyncIterator()
        let record = await records.next()
        let lost = await gateway.shutDown()
        guard let record else { throw CommandFailure("The call ended without a record.") }
        if lost > 0 {
            Output.line(
                "trunkline: the call's record could not be written to \(configuration.recordsFile)",
                toStandardError: true)
        }
        // All is told, whatever of it fails.
        let isTold = self.report(record, gateway)
        guard isTold, lost == 0, record.moments.answered != nil, record.cause?.kind == .hangup else {
            throw ExitCode(1)
        }
    }

    private func request(_ configuration: inout GatewayConfiguration) throws -> CallRequest {
        let names = configuration.trunks.map(\.name.text)
        guard let trunk = self.trunk ?? (names.count == 1 ? names.first : nil) else {
            throw CommandFailure("Say --trunk; the configuration has \(names.joined(separator: ", ")).")
        }
        let bot: String
        do throws(CommandLineBotError) {
            bot = try configuration.useBot(self.bot, dialect: self.dialect)
        } catch {
            throw CommandFailure("\(error)")
        }
        var request = CallRequest(trunk: trunk, to: self.to, bot: bot)
        request.from = self.from
        request.headers = try self.header.map { try Self.pair($0, separator: ":", wanted: "--header \"Name: value\"") }
        request.parameters = try self.parameter.map {
            try Self.pair($0, separator: "=", wanted: "--parameter name=value")
        }
        request.ringSeconds = try Self.checked(self.ringSeconds, "--ring-seconds")
        request.maximumDurationSeconds = try Self.checked(self.maximumSeconds, "--maximum-seconds")
        request.records = self.record
        return request
    }

    private static func pair(_ text: String, separator: Character, wanted: String) throws -> NamedValue {
        guard let index = text.firstIndex(of: separator), index != text.startIndex else {
            throw CommandFailure("Write \(wanted).")
        }
        let value = text[text.index(after: index)...].drop { $0 == " " }
        return NamedValue(String(text[..<index]), String(value))
    }

    private static func checked(_ seconds: Int?, _ name: String) throws -> Int? {
        guard let seconds else { return nil }
        guard (1...86_400).contains(seconds) else { throw CommandFailure("\(name) is 1 to 86400.") }
        return seconds
    }

    /// False when something that was asked for could not be written.
    private func report(_ record: CallRecord, _ gateway: VoiceGateway) -> Bool {
        var isComplete = true
        if self.ladder, let callID = record.sipCallID, let drawn = gateway.ladders.ladder(ofCallID: callID)?.drawn() {
            Output.line("\nSIP ladder\n\(drawn)\n", toStandardError: self.json)
        }
        if let pcap = self.pcap, let callID = record.sipCallID, let file = gateway.capture(ofCallID: callID) {
            do {
                try Data(file).write(to: URL(filePath: pcap))
            } catch {
                Output.line(
                    "trunkline: \(pcap) cannot be written: \(error.localizedDescription)", toStandardError: true)
                isComplete = false
            }
        }
        let text =
            self.json
            ? String(decoding: record.json.encoded(pretty: true), as: UTF8.self) : CallSummary(record: record).text
        return Output.result(text) && isComplete
    }
}

extension BotDialectName: ExpressibleByArgument {}

/// Why a command could not do what was asked; printed as one line, with exit code 2.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

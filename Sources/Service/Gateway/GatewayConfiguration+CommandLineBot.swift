import BotDialects
import BotTransports
import CallControl
import Foundation
import PCM

extension GatewayConfiguration {
    /// Takes a bot from the command line: the name of one of the configuration, a `ws://` URL, or a program with its
    /// arguments. Returns the name under which the configuration has it now.
    ///
    /// - Parameter dialect: of a URL or program; native where it is nil.
    package mutating func useBot(
        _ text: String, dialect: BotDialectName?
    ) throws(CommandLineBotError) -> String {
        guard !self.bots.contains(where: { $0.name == text }) else {
            guard dialect == nil else { throw .dialectOfNamedBot(text) }
            if case .awaited = self.bot(named: text)?.endpoint { throw .dialsServe(text) }
            return text
        }
        let endpoint: BotEndpoint
        do {
            if text.contains("://") || text.hasPrefix("ws+unix:") {
                endpoint =
                    text.hasPrefix("tcp://") || text.hasPrefix("tls://")
                    ? .stream(try StreamEndpoint(url: text))
                    : .webSocket(try WebSocketEndpoint(url: text, subprotocols: (dialect ?? .native).subprotocols))
            } else {
                let words = try CommandWords.split(text)
                // A lone word is more likely a name that is not there than a program.
                guard words.count > 1 || text.contains("/") else {
                    throw CommandLineBotError.unknownName(text, known: self.bots.map(\.name))
                }
                endpoint = .process(try ProcessEndpoint(arguments: words))
                let environmentPath = ProcessInfo.processInfo.environment["PATH"]
                // Known before the far end's telephone rings.
                guard Self.isProgram(words[0], searching: environmentPath) else {
                    throw CommandLineBotError.noProgram(words[0])
                }
            }
        } catch let error as BotConnectionError {
            throw .notStartable("\(error)")
        } catch let error as CommandLineBotError {
            throw error
        } catch {
            throw .notStartable("\(error)")
        }
        let plan = BotPlan(
            name: Self.commandLineName, endpoint: endpoint, dialect: try self.dialect(dialect ?? .native, of: text))
        // The first of a name is the one that counts.
        self.bots.insert(plan, at: 0)
        return Self.commandLineName
    }

    /// Whether there is an executable file of this path or, without a slash, of this name in a folder of `searchPath`, seen
    /// from `directory`: as the start of a child looks for it.
    static func isProgram(_ name: String, searching searchPath: String?, from directory: String? = nil) -> Bool {
        let folders = (searchPath ?? ProcessEndpoint.searchPath).split(separator: ":", omittingEmptySubsequences: false)
        let paths = name.contains("/") ? [name] : folders.map { $0.isEmpty ? "./\(name)" : "\($0)/\(name)" }
        return paths.contains { path in
            let whole = path.hasPrefix("/") ? path : directory.map { "\($0)/\(path)" } ?? path
            return FileManager.default.isExecutableFile(atPath: whole) && !GatewayConfigurationNode.isDirectory(whole)
        }
    }

    /// What such a bot is called in the call's record.
    package static let commandLineName = "command-line"

    private func dialect(_ name: BotDialectName, of text: String) throws(CommandLineBotError) -> BotDialect {
        var rate: SampleRate?
        if name == .exotel, text.contains("://") {
            rate = ExotelDialectOptions.rate(inURL: text)
            guard rate != nil else {
                throw .notStartable("the URL asks for a sample rate that the dialect does not have")
            }
        }
        guard let dialect = BotDialect(name, accountID: self.accountSID, rate: rate) else {
            preconditionFailure("every dialect has a format of its own")
        }
        return dialect
    }
}

/// Why `--bot` is of no use.
package enum CommandLineBotError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownName(String, known: [String])
    case dialectOfNamedBot(String)
    /// It dials the gateway that serves, not one that lives for one call.
    case dialsServe(String)
    case noProgram(String)
    case notStartable(String)
    case quoteMissing

    package var description: String {
        switch self {
        case .unknownName(let name, let known):
            "There is no bot named \(name.debugDescription); the configuration has "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
                + ". A URL begins with ws://, and a program without arguments needs a slash: ./bot."
        case .dialectOfNamedBot(let name): "The bot \(name) has its dialect in the configuration; leave --dialect out."
        case .dialsServe(let name):
            "The bot \(name) dials 'trunkline serve' and waits for its calls there; place the call by the API of that one."
        case .noProgram(let name): "The bot cannot be used: there is no program \(name.debugDescription)."
        case .notStartable(let reason): "The bot cannot be used: \(reason)."
        case .quoteMissing: "The bot's command has a quote that is not closed."
        }
    }
}

/// A command line taken apart into words, as a shell would, of which nothing else is done: no variable, no pattern, no
/// substitution, no second command.
package enum CommandWords {
    /// Words are separated by spaces and tabs; `'…'` is taken as it is, `"…"` with `\"` and `\\`, and `\` takes the next
    /// character as it is.
    package static func split(_ text: String) throws(CommandLineBotError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                // Within double quotes only these two lose their meaning by it.
                if quote == "\"", character != "\"", character != "\\" { word?.append("\\") }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                word = word ?? ""
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character == " " || character == "\t" {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { throw .quoteMissing }
        if let word { words.append(word) }
        return words
    }
}

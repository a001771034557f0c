import Addressing
import Timekeeping
import Yams

/// One value of the file with its place: turns YAML into typed values, or into an error that names place and fix.
struct GatewayConfigurationNode {
    let node: Node
    let source: Source
    /// Such as `trunks.exotel.transport`.
    let path: String

    /// The file that a value stands in, and what its text may refer to.
    struct Source {
        let file: String
        /// Relative paths begin here: the directory of the file.
        let directory: String
        let environment: [String: String]
    }

    var place: GatewayConfigurationError.Place {
        let mark = self.node.mark
        return GatewayConfigurationError.Place(
            file: self.source.file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    func complaint(_ problem: String, fix: String) -> GatewayConfigurationError {
        .invalid(self.place, problem: problem, fix: fix)
    }

    /// The text of a scalar with each `${NAME}` replaced by the environment's value.
    func text() throws(GatewayConfigurationError) -> String {
        guard let scalar = self.node.scalar else {
            throw self.complaint("\(self.path) must be one value", fix: "write it behind the colon on the same line")
        }
        let text = try self.substituted(scalar.string)
        guard !text.isEmpty else {
            throw self.complaint("\(self.path) is empty", fix: "give it a value, or remove the line")
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw self.complaint(
                "\(self.path) has a control character", fix: "remove line ends, tabs and NUL from the value")
        }
        return text
    }

    func integer(in range: ClosedRange<Int>) throws(GatewayConfigurationError) -> Int {
        let text = try self.text()
        guard let number = Int(text), range.contains(number) else {
            throw self.complaint(
                "\(self.path) is not a whole number from \(range.lowerBound) to \(range.upperBound)",
                fix: "write such a number instead of \(Self.quoted(text))")
        }
        return number
    }

    func port() throws(GatewayConfigurationError) -> UInt16 {
        UInt16(try self.integer(in: 1...65_535))
    }

    /// A port to listen on; 0 takes any that is free.
    func listenerPort() throws(GatewayConfigurationError) -> UInt16 {
        UInt16(try self.integer(in: 0...65_535))
    }

    func flag() throws(GatewayConfigurationError) -> Bool {
        switch try self.text() {
        case "true": return true
        case "false": return false
        case let text:
            throw self.complaint(
                "\(self.path) is neither true nor false", fix: "write true or false instead of \(Self.quoted(text))")
        }
    }

    /// A number with its unit: `500ms`, `20s`, `5m` or `1h`.
    func duration(in range: ClosedRange<Duration>) throws(GatewayConfigurationError) -> Duration {
        let text = try self.text()
        let units: [(suffix: String, milliseconds: Int64)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
        ]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let count = Int64(text.dropLast(unit.suffix.count)), 0...1_000_000_000 ~= count
        else {
            throw self.complaint(
                "\(self.path) is not a duration", fix: "write a number with ms, s, m or h behind it, such as 60s")
        }
        let duration = Duration.milliseconds(count * unit.milliseconds)
        guard range.contains(duration) else {
            throw self.complaint(
                "\(self.path) is out of range",
                fix: "choose from \(range.lowerBound.settingText) to \(range.upperBound.settingText)")
        }
        return duration
    }

    /// One of the words of a table.
    func word<Value>(_ words: [(word: String, value: Value)]) throws(GatewayConfigurationError) -> Value {
        let text = try self.text()
        guard let entry = words.first(where: { $0.word == text }) else {
            let known = words.map(\.word)
            let hint = Spelling.nearest(to: text, among: known).map { "did you mean \(Self.quoted($0))? " } ?? ""
            throw self.complaint(
                "\(self.path) cannot be \(Self.quoted(text))", fix: "\(hint)use one of \(known.joined(separator: ", "))"
            )
        }
        return entry.value
    }

    func address() throws(GatewayConfigurationError) -> IPAddress {
        let text = try self.text()
        guard let address = IPAddress(text) else {
            throw self.complaint(
                "\(self.path) is not an IP address",
                fix: "write an address such as 203.0.113.9, not \(Self.quoted(text))")
        }
        return address
    }

    /// The items of a list; one value alone stands for a list of one.
    func list() throws(GatewayConfigurationError) -> [GatewayConfigurationNode] {
        if self.node.scalar != nil, !self.isNull { return [self] }
        guard let sequence = self.node.sequence else {
            throw self.complaint("\(self.path) must be a list", fix: "write each item on a line of its own behind '- '")
        }
        return sequence.enumerated().map { index, node in
            GatewayConfigurationNode(node: node, source: self.source, path: "\(self.path)[\(index)]")
        }
    }

    /// The entries of a mapping whose keys are names that the user chose, in the order of the file.
    func entries() throws(GatewayConfigurationError) -> [(
        key: GatewayConfigurationNode, value: GatewayConfigurationNode
    )] {
        guard let mapping = self.node.mapping else {
            throw self.complaint(
                "\(self.path) must hold keys and values", fix: "indent 'key: value' lines below it, or remove it")
        }
        return mapping.map { pair in
            let name = Self.shown(pair.key.scalar?.string ?? "?")
            let path = self.path.isEmpty ? name : "\(self.path).\(name)"
            return (
                GatewayConfigurationNode(node: pair.key, source: self.source, path: path),
                GatewayConfigurationNode(node: pair.value, source: self.source, path: path)
            )
        }
    }

    /// Runs a conversion of another room and turns its error into one of this place.
    func converted<Value, Failure: Error>(
        _ conversion: (String) throws(Failure) -> Value, problem: (Failure) -> String
    ) throws(GatewayConfigurationError) -> Value {
        let text = try self.text()
        do {
            return try conversion(text)
        } catch {
            throw self.complaint("\(self.path) cannot be used", fix: problem(error) + ".")
        }
    }

    static func quoted(_ text: String) -> String {
        "\"\(Self.shown(text))\""
    }

    /// The head of a text with its control characters escaped: an error is one line, whatever stands in the file.
    private static func shown(_ text: String) -> String {
        text.unicodeScalars.prefix(64).map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    private var isNull: Bool {
        guard let scalar = self.node.scalar else { return false }
        return scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null"
    }

    private func substituted(_ text: String) throws(GatewayConfigurationError) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$"), rest[dollar...].hasPrefix("${") {
            result += rest[..<dollar]
            let name = rest[dollar...].dropFirst(2).prefix(while: { $0 != "}" })
            guard name.endIndex < rest.endIndex else {
                throw self.complaint("\(self.path) has '${' without '}'", fix: "close it: ${NAME}")
            }
            guard let value = self.source.environment[String(name)] else {
                throw self.complaint(
                    "\(self.path) refers to the environment variable \(Self.quoted(String(name))), which is not set",
                    fix: "set the variable before the start")
            }
            result += value
            rest = rest[rest.index(after: name.endIndex)...]
        }
        return result + rest
    }
}

extension Duration {
    /// As the file writes it: the largest unit that leaves a whole number.
    var settingText: String {
        let milliseconds = self.inMilliseconds
        if milliseconds % 1_000 != 0 { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1_000
        if seconds % 3_600 == 0, seconds > 0 { return "\(seconds / 3_600)h" }
        if seconds % 60 == 0, seconds > 60 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}

/// Finds the word that was probably meant.
enum Spelling {
    /// The nearest of `words`, when no more than a third of its letters differ, or two of a short one, case and `_` or
    /// `-` aside.
    static func nearest(to text: String, among words: [String]) -> String? {
        let folded = Self.folded(text)
        let best = words.map { ($0, Self.distance(folded, Self.folded($0))) }.min(by: { $0.1 < $1.1 })
        guard let (word, distance) = best, distance <= (word.count < 5 ? 1 : max(2, word.count / 3)) else { return nil }
        return word
    }

    private static func folded(_ text: String) -> [UInt8] {
        text.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }

    /// Levenshtein: insertions, deletions and replacements, each counted once.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}

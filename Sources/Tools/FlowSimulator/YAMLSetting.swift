import Timekeeping
import Yams

/// One value of a YAML file with the place where it stands, so that every complaint names file and line.
struct YAMLSetting {
    let node: Node
    let file: String

    /// Reads a whole document.
    static func document(_ text: String, file: String) throws(SimulatorError) -> YAMLSetting {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw SimulatorError.configuration(file: file, line: 1, sentence: "the file is empty")
            }
            return YAMLSetting(node: node, file: file)
        } catch let error as SimulatorError {
            throw error
        } catch let error as YamlError {
            throw .configuration(file: file, line: error.line, sentence: "this is not YAML: \(error)")
        } catch {
            throw .configuration(file: file, line: 1, sentence: "this is not YAML: \(error)")
        }
    }

    func complaint(_ sentence: String) -> SimulatorError {
        .configuration(file: self.file, line: self.node.mark?.line ?? 1, sentence: sentence)
    }

    /// The entries of a mapping in order; any key outside `known` is an error.
    func entries(known: [String]) throws(SimulatorError) -> [String: YAMLSetting] {
        let pairs = try self.pairs()
        var entries: [String: YAMLSetting] = [:]
        for (key, value) in pairs {
            let name = try key.text()
            guard known.contains(name) else {
                throw key.complaint("unknown key \(name); known here: \(known.joined(separator: ", "))")
            }
            guard entries.updateValue(value, forKey: name) == nil else {
                throw key.complaint("the key \(name) stands here twice")
            }
        }
        return entries
    }

    /// The pairs of a mapping whose keys are free, such as the names of steps.
    func pairs() throws(SimulatorError) -> [(YAMLSetting, YAMLSetting)] {
        guard let mapping = self.node.mapping else { throw self.complaint("expected keys with values") }
        return mapping.map {
            (YAMLSetting(node: $0.key, file: self.file), YAMLSetting(node: $0.value, file: self.file))
        }
    }

    func list() throws(SimulatorError) -> [YAMLSetting] {
        guard let sequence = self.node.sequence else { throw self.complaint("expected a list") }
        return sequence.map { YAMLSetting(node: $0, file: self.file) }
    }

    var isScalar: Bool { self.node.scalar != nil }

    func text() throws(SimulatorError) -> String {
        guard let scalar = self.node.scalar, !scalar.string.isEmpty else {
            throw self.complaint("expected a word or a number")
        }
        return scalar.string
    }

    func integer(in range: ClosedRange<Int>) throws(SimulatorError) -> Int {
        let text = try self.text()
        guard let number = Int(text), range.contains(number) else {
            throw self.complaint("expected a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    func flag() throws(SimulatorError) -> Bool {
        switch try self.text() {
        case "true": return true
        case "false": return false
        case let text: throw self.complaint("expected true or false, not \(text)")
        }
    }

    /// A duration with its unit: `500ms`, `20s` or `2m`.
    func duration(in range: ClosedRange<Duration>) throws(SimulatorError) -> Duration {
        let text = try self.text()
        guard let duration = Duration(settingText: text) else {
            throw self.complaint("expected a duration such as 500ms, 20s or 2m, not \(text)")
        }
        guard range.contains(duration) else {
            let bounds = "from \(range.lowerBound) to \(range.upperBound)"
            throw self.complaint("expected a duration \(bounds), not \(text)")
        }
        return duration
    }

    /// One of the words of an enum.
    func word<Word: RawRepresentable & CaseIterable>(of type: Word.Type) throws(SimulatorError) -> Word
    where Word.RawValue == String {
        let text = try self.text()
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw self.complaint("expected one of \(words), not \(text)")
        }
        return word
    }
}

extension YamlError {
    fileprivate var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark.line
        default:
            1
        }
    }
}

extension Duration {
    /// A whole number with the unit `ms`, `s` or `m`, as configuration files and options write it.
    package init?(settingText text: String) {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1_000), ("m", 60_000)]
        guard let (unit, milliseconds) = units.first(where: { text.hasSuffix($0.0) }),
            let count = Int64(text.dropLast(unit.count)), (0...100_000_000).contains(count)
        else { return nil }
        self = .milliseconds(count * milliseconds)
    }
}

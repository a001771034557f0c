import Timekeeping

extension Flow {
    /// Reads a flow and checks that every step that is named exists.
    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: ["start", "steps"])
        guard let start = entries["start"] else { throw setting.complaint("the key start is missing") }
        guard let stepsSetting = entries["steps"] else { throw setting.complaint("the key steps is missing") }
        let pairs = try stepsSetting.pairs()
        guard (1...Self.stepsMax).contains(pairs.count) else {
            throw stepsSetting.complaint("a flow has 1 to \(Self.stepsMax) steps, not \(pairs.count)")
        }
        var names: Set<String> = []
        for (name, _) in pairs {
            guard names.insert(try name.text()).inserted else { throw name.complaint("two steps have this name") }
        }
        let reader = StepReader(names: names)
        var steps: [StepName: FlowStep] = [:]
        for (name, step) in pairs {
            steps[StepName(try name.text())] = try reader.step(step)
        }
        self.init(start: try reader.name(start), steps: steps)
    }

    private static let stepsMax = 500
}

/// Reads single steps; knows the names that a step may lead to.
private struct StepReader {
    let names: Set<String>

    private static let kinds = ["say", "gather", "press", "listen", "connect", "hangup"]

    func name(_ setting: YAMLSetting) throws(SimulatorError) -> StepName {
        let text = try setting.text()
        guard self.names.contains(text) else {
            let known = self.names.sorted().joined(separator: ", ")
            throw setting.complaint("there is no step \(text); the steps are \(known)")
        }
        return StepName(text)
    }

    private func optionalName(_ setting: YAMLSetting?) throws(SimulatorError) -> StepName? {
        guard let setting else { return nil }
        return try self.name(setting)
    }

    func step(_ setting: YAMLSetting) throws(SimulatorError) -> FlowStep {
        let entries = try setting.entries(known: Self.kinds + ["next"])
        let kinds = Self.kinds.filter { entries[$0] != nil }
        guard kinds.count == 1, let value = entries[kinds[0]] else {
            throw setting.complaint("a step has exactly one of \(Self.kinds.joined(separator: ", "))")
        }
        let next = try self.optionalName(entries["next"])
        if kinds[0] == "gather" || kinds[0] == "hangup", let surplus = entries["next"] {
            throw surplus.complaint("a \(kinds[0]) step takes no next")
        }
        switch kinds[0] {
        case "say": return .say(FlowStep.Say(prompt: try value.text(), next: next))
        case "gather": return .gather(try self.gather(value))
        case "press": return .press(FlowStep.Press(digits: try self.digits(value), next: next))
        case "listen": return .listen(FlowStep.Listen(duration: try value.duration(in: Self.stay), next: next))
        case "connect": return .connect(try self.connect(value, next: next))
        default: return .hangUp(FlowStep.HangUp(cause: UInt8(try value.integer(in: 1...127))))
        }
    }

    private func gather(_ setting: YAMLSetting) throws(SimulatorError) -> FlowStep.Gather {
        let entries = try setting.entries(known: [
            "prompt", "digits", "terminator", "timeout", "tries", "branches", "any", "otherwise",
        ])
        var gather = FlowStep.Gather()
        gather.prompt = try entries["prompt"]?.text()
        if let digits = entries["digits"] { gather.digits = try self.digitCount(digits) }
        if let terminator = entries["terminator"] { gather.terminator = try self.digit(terminator) }
        if let timeout = entries["timeout"] {
            gather.timeout = try timeout.duration(in: .milliseconds(100) ... .seconds(120))
        }
        if let tries = entries["tries"] { gather.tries = try tries.integer(in: 1...10) }
        for (entry, step) in try entries["branches"]?.pairs() ?? [] {
            gather.branches[try self.entry(entry, of: gather)] = try self.name(step)
        }
        gather.anyEntry = try self.optionalName(entries["any"])
        gather.otherwise = try self.optionalName(entries["otherwise"])
        return gather
    }

    private func connect(_ setting: YAMLSetting, next: StepName?) throws(SimulatorError) -> FlowStep.Connect {
        let entries = try setting.entries(known: ["echo", "agent", "duration"])
        guard let duration = entries["duration"] else { throw setting.complaint("the key duration is missing") }
        let joined = try duration.duration(in: Self.stay)
        switch (entries["echo"], entries["agent"]) {
        case (let echo?, nil):
            guard try echo.flag() else { throw echo.complaint("echo is true, or it is not there") }
            return FlowStep.Connect(agent: nil, duration: joined, next: next)
        case (nil, let agent?):
            let entries = try agent.entries(known: ["ringing", "prompt"])
            let ringing = try entries["ringing"]?.duration(in: .zero ... .seconds(180)) ?? .seconds(2)
            let answerer = FlowStep.Agent(ringing: ringing, prompt: try entries["prompt"]?.text())
            return FlowStep.Connect(agent: answerer, duration: joined, next: next)
        case (nil, nil), (_?, _?):
            throw setting.complaint("connect has exactly one of echo and agent")
        }
    }

    /// `1`, or `2-6`.
    private func digitCount(_ setting: YAMLSetting) throws(SimulatorError) -> ClosedRange<Int> {
        let bounds = try setting.text().split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(bounds.count), let first = bounds.first ?? nil, let last = bounds.last ?? nil,
            first >= 1, last >= first, last <= 32
        else { throw setting.complaint("expected a count of digits such as 1 or 2-6, at most 32") }
        return first...last
    }

    private func digit(_ setting: YAMLSetting) throws(SimulatorError) -> Digit {
        let text = try setting.text()
        guard text.count == 1, let character = text.first, let digit = Digit(character) else {
            throw setting.complaint("expected one digit: 0-9, *, # or A-D")
        }
        return digit
    }

    private func digits(_ setting: YAMLSetting) throws(SimulatorError) -> [Digit] {
        let text = try setting.text()
        let digits = text.compactMap { Digit($0) }
        guard digits.count == text.count, digits.count <= 64 else {
            throw setting.complaint("expected digits 0-9, *, # or A-D, at most 64")
        }
        return digits
    }

    private func entry(_ setting: YAMLSetting, of gather: FlowStep.Gather) throws(SimulatorError) -> String {
        let text = try setting.text()
        guard gather.digits.contains(text.count),
            text.allSatisfy({ Digit($0) != nil && Digit($0) != gather.terminator })
        else { throw setting.complaint("no caller can enter \(text) here") }
        return text
    }

    private static let stay: ClosedRange<Duration> = .milliseconds(100) ... .seconds(3_600)
}

import Timekeeping

/// A bad network for RTP, the same at each run: packets lost, late, out of order and twice.
package struct LossyNetwork: Hashable, Sendable {
    package static let name = "network"

    package enum Way: String, Hashable, Sendable, CaseIterable {
        case both, sent, received
    }

    /// What became of one way's packets.
    package struct Figures: Hashable, Sendable, Codable {
        package var packets = 0
        package var dropped = 0
        package var duplicated = 0
        package var delayed = 0
    }

    /// Shares of 100 packets.
    package var loss = 0
    package var duplicates = 0
    /// These come 30 ms late, behind the packet that follows them.
    package var reordered = 0
    /// Each packet is delayed by up to this.
    package var jitter: Duration = .zero
    package var way = Way.both
    package private(set) var figures = Figures()
    private var state: UInt64 = 1

    package init(start: UInt64 = 1) {
        self.state = start
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: ["loss", "duplicates", "reordered", "jitter", "way", "seed"])
        if let loss = entries["loss"] { self.loss = try loss.integer(in: 0...100) }
        if let duplicates = entries["duplicates"] { self.duplicates = try duplicates.integer(in: 0...100) }
        if let reordered = entries["reordered"] { self.reordered = try reordered.integer(in: 0...100) }
        if let jitter = entries["jitter"] { self.jitter = try jitter.duration(in: .zero ... .seconds(2)) }
        if let way = entries["way"] { self.way = try way.word(of: Way.self) }
        if let start = entries["seed"] { self.state = UInt64(try start.integer(in: 0...Int.max)) }
    }

    /// After which delays a packet arrives: none when it is lost, two when it comes twice.
    package mutating func delays() -> [Duration] {
        self.figures.packets += 1
        // Every packet takes the same number of throws, so that one share does not move the others.
        let throwsOfDice = (0..<4).map { _ in self.throwDice() }
        guard Int(throwsOfDice[0] % 100) >= self.loss else {
            self.figures.dropped += 1
            return []
        }
        var delay = Duration.zero
        if self.jitter > .zero { delay = self.jitter * Int(throwsOfDice[1] % 1_000) / 1_000 }
        if Int(throwsOfDice[2] % 100) < self.reordered { delay += .milliseconds(30) }
        if delay > .zero { self.figures.delayed += 1 }
        guard Int(throwsOfDice[3] % 100) < self.duplicates else { return [delay] }
        self.figures.duplicated += 1
        return [delay, delay]
    }

    /// SplitMix64.
    private mutating func throwDice() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

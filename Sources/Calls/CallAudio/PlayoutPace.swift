import PCM
import Timekeeping

/// Makes what plays last a little longer or shorter, so that packets are held for as long as the network asks.
///
/// Too little delay loses packets, so it grows at once: by a period of the voice in each packet that can bear it, and by
/// whole frames that are made up where 20 ms or more are lacking. Too much delay only makes the talk slower, so it shrinks
/// where nobody hears it, in pauses; in speech only beyond 80 ms, and seldom. The clocks of the two ends, which drift
/// apart by up to 200 millionths, are followed by the same means.
struct PlayoutPace: Sendable {
    private var stretcher: TimeStretcher
    /// The mean square of the quietest that was heard, which rises slowly.
    private var floor: Float = 0
    private var packetsSinceCut = 0
    private(set) var samplesAdded: UInt64 = 0
    private(set) var samplesRemoved: UInt64 = 0

    /// The slots in which packets are taken out come up to 20 ms after the packets are due: less is no excess.
    private static let slack = Duration.milliseconds(25)
    private static let slackShare = 5
    /// A sixth of what the network asks for is what it has not shown yet: that can wait for a pause.
    private static let reserveShare = 6
    private static let slackInSpeech = Duration.milliseconds(80)
    private static let packetsBetweenCuts = 4
    private static let likenessInSpeech: Float = 0.85

    /// - Parameter pieceLengthMax: the longest packet, in samples.
    init(pieceLengthMax: Int = TimeStretcher.pieceLengthMax) {
        self.stretcher = TimeStretcher(pieceLengthMax: pieceLengthMax)
    }

    /// Hears the first `count` samples, which are not to be changed.
    mutating func note(_ samples: borrowing MutableSpan<Int16>, count: Int) {
        _ = self.isQuiet(samples, count: count)
        self.packetsSinceCut += 1
    }

    /// Whether a frame is to be made up before the next packet.
    ///
    /// - Parameter isFilling: what played last was made up: one after the other would fade.
    mutating func inserts(forLackOf shortfall: Duration, of wanted: Duration, isFilling: Bool) -> Bool {
        guard !isFilling, shortfall >= AudioPath.frameTime + wanted / Self.reserveShare else { return false }
        self.samplesAdded += UInt64(AudioPath.frameLength)
        return true
    }

    /// Changes the first `count` samples, behind which there is room for `TimeStretcher.changeMax` more, and returns how
    /// many there are now.
    mutating func adapt(
        _ samples: inout MutableSpan<Int16>, count: Int, lackOf shortfall: Duration, of wanted: Duration = .zero
    ) -> Int {
        let isQuiet = self.isQuiet(samples, count: count)
        self.packetsSinceCut += 1
        if shortfall > .zero {
            let likeness = isQuiet ? -1 : Self.likenessInSpeech
            let reserve = wanted / Self.reserveShare
            guard shortfall > (isQuiet ? reserve / 2 : max(.milliseconds(5), reserve)) else { return count }
            let longer = self.stretcher.lengthen(&samples, count: count, likenessMin: likeness)
            self.samplesAdded += UInt64(longer - count)
            return longer
        }
        let mayCut = isQuiet || self.packetsSinceCut >= Self.packetsBetweenCuts
        let slack = isQuiet ? max(Self.slack, wanted / Self.slackShare) : Self.slackInSpeech
        guard mayCut, shortfall < .zero - slack else { return count }
        let shorter = self.stretcher.shorten(
            &samples, count: count, likenessMin: isQuiet ? -1 : Self.likenessInSpeech)
        if shorter < count { self.packetsSinceCut = 0 }
        self.samplesRemoved += UInt64(count - shorter)
        return shorter
    }

    /// Whether nobody speaks: hardly more is heard than at the quietest moments of the last seconds.
    private mutating func isQuiet(_ samples: borrowing MutableSpan<Int16>, count: Int) -> Bool {
        guard count > 0 else { return false }
        var sum: Float = 0
        for index in 0..<count { sum += Float(samples[index]) * Float(samples[index]) }
        let meanSquare = sum / Float(count)
        self.floor = self.floor == 0 ? meanSquare : min(meanSquare, self.floor * Self.floorRise)
        return meanSquare <= min(max(self.floor * Self.quietFactor, Self.quietMeanSquare), Self.loudMeanSquare)
    }

    /// A packet: the floor doubles in 0.7 s.
    private static let floorRise: Float = 1.02
    /// 6 dB above the floor.
    private static let quietFactor: Float = 4
    /// Below -56 dB of full scale it is quiet in any case.
    private static let quietMeanSquare: Float = 50 * 50
    /// Above -26 dB it is no pause, however steady it sounds.
    private static let loudMeanSquare: Float = 1_640 * 1_640
}

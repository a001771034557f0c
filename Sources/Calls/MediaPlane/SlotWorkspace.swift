import BotProtocol
import CallAudio
import Reactor

/// The buffers that the sessions of one media thread use in turn, each leaving them empty.
final class SlotWorkspace {
    var datagrams = DatagramBatch()
    /// One packet at a time, with room for what SRTP adds to it.
    var packet = [UInt8](repeating: 0, count: DatagramBatch.slotLength + 64)
    var output = AudioPathOutput()
    var messages = BotMessageBuffer()
    var commands = BotCommandBatch()
    var pacing = PacingHistogram()
    /// Wakes the thread when a bot that is waited for says something.
    let reactor: Reactor

    init(reactor: Reactor) {
        self.reactor = reactor
    }
}

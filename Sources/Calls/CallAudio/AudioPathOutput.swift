import Addressing
import AudioCodecs
import BotProtocol
import PCM
import RTP

/// What an audio path wants done: filled by its inputs, emptied by whoever does it. Its arrays are reused, so that after
/// the first seconds nothing is allocated for a packet.
package struct AudioPathOutput: Sendable {
    /// A plain RTP or RTCP datagram for the far end.
    package struct Datagram: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case rtp
            /// `usesRTPPort` when RTCP is multiplexed.
            case rtcp(usesRTPPort: Bool)
        }

        package var kind: Kind
        /// Where its bytes lie in `datagramBytes`.
        package var range: Range<Int>
        package var destination: TransportAddress
    }

    /// One thing for the bot, in its order.
    package enum BotItem: Hashable, Sendable {
        /// 20 ms of the caller at the bot's rate: where they lie in `botSamples`.
        case audio(Range<Int>)
        case event(BotEvent)
    }

    package internal(set) var datagrams: [Datagram] = []
    package internal(set) var datagramBytes: [UInt8] = []
    package internal(set) var botItems: [BotItem] = []
    package internal(set) var botSamples: [Int16] = []
    /// The same number of samples at 8 kHz on both sides.
    package internal(set) var recordedLeft: [Int16] = []
    package internal(set) var recordedRight: [Int16] = []
    package internal(set) var events: [AudioPathEvent] = []

    private var header = [UInt8](repeating: 0, count: RTPHeader.lengthInBytes)
    private var payload: [UInt8] = []

    package init() {}

    package mutating func removeDatagrams() {
        self.datagrams.removeAll(keepingCapacity: true)
        self.datagramBytes.removeAll(keepingCapacity: true)
    }

    package mutating func removeBotItems() {
        self.botItems.removeAll(keepingCapacity: true)
        self.botSamples.removeAll(keepingCapacity: true)
    }

    package mutating func removeRecorded() {
        self.recordedLeft.removeAll(keepingCapacity: true)
        self.recordedRight.removeAll(keepingCapacity: true)
    }

    package mutating func removeEvents() {
        self.events.removeAll(keepingCapacity: true)
    }

    package mutating func removeAll() {
        self.removeDatagrams()
        self.removeBotItems()
        self.removeRecorded()
        self.removeEvents()
    }

    mutating func append(_ event: BotEvent) {
        self.botItems.append(.event(event))
    }

    mutating func append(botAudio samples: Span<Int16>) {
        let start = self.botSamples.count
        for index in 0..<samples.count { self.botSamples.append(samples[index]) }
        self.botItems.append(.audio(start..<self.botSamples.count))
    }

    mutating func append(recorded left: Span<Int16>, _ right: Span<Int16>) {
        for index in 0..<left.count {
            self.recordedLeft.append(left[index])
            self.recordedRight.append(right[index])
        }
    }

    mutating func append(_ bytes: [UInt8], kind: Datagram.Kind, to destination: TransportAddress) {
        let start = self.datagramBytes.count
        self.datagramBytes += bytes
        self.datagrams.append(Datagram(kind: kind, range: start..<self.datagramBytes.count, destination: destination))
    }

    /// Appends an RTP packet with `frame`, encoded; returns the payload's length in octets.
    mutating func append(
        rtp header: RTPHeader, frame: Span<Int16>, by encoder: inout AudioEncoder, to destination: TransportAddress
    ) -> Int {
        let lengthMax = encoder.payloadLengthMax(forSamples: frame.count)
        if self.payload.count < lengthMax { self.payload = Array(repeating: 0, count: lengthMax) }
        var payload = self.payload.mutableSpan
        let length = encoder.encode(frame, into: &payload)
        self.finish(header, payloadLengthInBytes: length, to: destination)
        return length
    }

    /// Appends an RTP packet with one telephone-event report.
    mutating func append(rtp header: RTPHeader, event: TelephoneEventPayload, to destination: TransportAddress) {
        let length = TelephoneEventPayload.lengthInBytes
        if self.payload.count < length { self.payload = Array(repeating: 0, count: length) }
        var payload = self.payload.mutableSpan
        event.write(into: &payload, at: 0)
        self.finish(header, payloadLengthInBytes: length, to: destination)
    }

    private mutating func finish(
        _ header: RTPHeader, payloadLengthInBytes length: Int, to destination: TransportAddress
    ) {
        let start = self.datagramBytes.count
        header.write(into: &self.header)
        self.datagramBytes.append(contentsOf: self.header)
        self.datagramBytes.append(contentsOf: self.payload[..<length])
        self.datagrams.append(Datagram(kind: .rtp, range: start..<self.datagramBytes.count, destination: destination))
    }
}

/// What an audio path tells its owner.
package enum AudioPathEvent: Hashable, Sendable {
    /// The first packet of the far end that is the call's.
    case firstPacketReceived
    /// The first bot or prompt audio has left.
    case firstAudioSent
    /// Nothing of the far end for the time-out; once, until packets come again.
    case mediaTimeout
    /// Sound that is due does not come, or comes again.
    case silence(BotSilence)
    case digitReceived(DTMFDigit, duration: Duration)
    case digitSent(DTMFDigit)
    /// The bot can talk, at this rate.
    case botReady(SampleRate)
    case botHangup(reason: String?)
    case botWish(BotWish)
    /// Digits that are to go by signalling, in order.
    case digitsForSignalling([DTMFDigit])
    /// The bot asks for a prompt, whose place in the queue is kept until `fulfil`.
    case promptWanted(PromptTicket, name: String)
    /// Bot audio was refused, once an episode.
    case overflow(BotOverflow)
}

/// What a bot asks for that is signalling's to do.
package enum BotWish: Hashable, Sendable {
    case answer
    case hold
    case resume
    case transfer(BotTransfer)
    /// By the id of another call.
    case transferToCall(String)
}

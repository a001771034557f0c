import PCM
import Timekeeping

/// What the gateway tells a bot, besides audio. A dialect turns each into its own wire's bytes.
package enum BotEvent: Hashable, Sendable {
    /// The first event: which call this is. Sent before the call is answered.
    case start(BotStart)
    /// The far end has not answered yet and said so: 180, 181, 182, or 183 without audio.
    case ringing(status: Int)
    /// The far end sends audio before it answers; from here on the bot hears it. On a call that came in: the caller hears
    /// the bot as well, and waits for the bot's `answer`.
    case earlyMedia(status: Int)
    /// The far end answered; from here on the bot is heard and hears.
    case answered
    /// The call is on hold. By the far end: what the bot says waits until `resumed`. By this side: the far end hears what
    /// the bot plays, and is not heard. With `reason` nothing has changed: the far end did not take what was asked.
    case held(by: BotHoldParty, reason: String? = nil)
    case resumed(by: BotHoldParty, reason: String? = nil)
    /// How a transfer goes on. After `failed` and `returned` the bot has its call back.
    case transfer(BotTransferProgress)
    /// The caller pressed a key.
    case dtmf(DTMFDigit, duration: Duration)
    /// A mark of the bot was reached, or removed by a clear.
    ///
    /// `heard` counts the bot's audio that left on the wire since the call began; audio dropped by a clear never
    /// counts, so the difference of two is what the caller heard between them.
    case mark(name: String, outcome: MarkOutcome, heard: Duration, queue: PlayQueueState = PlayQueueState())
    /// A clear was carried out; `marks` are those that it removed, in their order. `heard` counts as for marks.
    case cleared(heard: Duration, marks: [String], queue: PlayQueueState = PlayQueueState())
    /// The answer to `reportStatus`. `heard` counts as for marks.
    case status(heard: Duration, PlayQueueState)
    /// The bot's audio comes faster than it plays, or no longer does.
    case backPressure(BackPressure, queued: Duration)
    /// Nothing waits to be played any more; the answer to `reportDrained`.
    case drained
    /// Audio was dropped because one side did not keep up.
    case overflow(BotOverflow)
    /// Sound that is due does not come, or comes again.
    case silence(BotSilence)
    /// The last event: the call is over for the bot.
    case stop(BotStopReason)
}

/// Which way a call was set up.
package enum CallDirection: String, Hashable, Sendable {
    case inbound
    case outbound
}

/// The call that a bot is started for.
package struct BotStart: Hashable, Sendable {
    /// The gateway's name of the call.
    package var callID: String
    package var direction: CallDirection
    /// The calling and the called number as signalled.
    package var from: String
    package var to: String
    /// Custom parameters of the job, the route or the caller, in order.
    package var parameters: [NamedValue]
    /// The `X-` headers of an inbound INVITE, in order.
    package var headers: [NamedValue]
    /// The rate of audio until the bot asks for another.
    package var rate: SampleRate

    package init(
        callID: String, direction: CallDirection, from: String, to: String, parameters: [NamedValue] = [],
        headers: [NamedValue] = [], rate: SampleRate = .hz8000
    ) {
        self.callID = callID
        self.direction = direction
        self.from = from
        self.to = to
        self.parameters = parameters
        self.headers = headers
        self.rate = rate
    }
}

/// A name with its value, where order matters and names may come twice.
package struct NamedValue: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Who put a call on hold, or took it back.
package enum BotHoldParty: String, Hashable, Sendable {
    /// The far end.
    case remote
    /// The bot itself, or the API.
    case local
}

/// A step of a transfer.
package struct BotTransferProgress: Hashable, Sendable {
    package enum Step: String, Hashable, Sendable {
        /// The new party is being called.
        case trying
        case ringing
        /// The far end speaks with the new party; the bot does not.
        case accepted
        /// The new party was not reached, or nobody would transfer: the call is the bot's again.
        case failed
        /// The new party has left, and the far end is the bot's again.
        case returned
    }

    package var step: Step
    /// The SIP status that says so, where there is one.
    package var status: Int?
    /// A sentence for a person, where something failed.
    package var reason: String?

    package init(_ step: Step, status: Int? = nil, reason: String? = nil) {
        self.step = step
        self.status = status
        self.reason = reason
    }

    /// For a line of a log: `failed (486): The callee is busy (486).`
    package var words: String {
        self.step.rawValue + (self.status.map { " (\($0))" } ?? "") + (self.reason.map { ": \($0)" } ?? "")
    }
}

/// How a mark ended.
package enum MarkOutcome: String, Hashable, Sendable {
    /// The last sample before it left on the wire.
    case played
    /// A clear removed the audio before it.
    case cleared
}

/// Audio that was dropped because a bound was met.
package struct BotOverflow: Hashable, Sendable {
    package enum Side: String, Hashable, Sendable {
        /// The bot did not read the caller's audio fast enough.
        case toBot = "to_bot"
        /// The bot sent more than the play-out queue holds.
        case fromBot = "from_bot"
    }

    package var side: Side
    /// Audio dropped since the last report of this side.
    package var dropped: Duration

    package init(side: Side, dropped: Duration) {
        self.side = side
        self.dropped = dropped
    }
}

/// Why a call is over for its bot.
package enum BotStopReason: String, Hashable, Sendable {
    /// The bot asked for it.
    case botHangup = "bot_hangup"
    /// The far end hung up.
    case remoteHangup = "remote_hangup"
    /// The call was never answered: busy, refused, cancelled or timed out.
    case notAnswered = "not_answered"
    /// The operator, the API or a time limit ended it.
    case gatewayHangup = "gateway_hangup"
    /// The far end was given to somebody else.
    case transferred
    /// Media, signalling or the bot's own messages failed.
    case failure
}

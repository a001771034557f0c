import AudioFiles
import BotProtocol
import CallAudio
import JSON
import MediaPlane
import Timekeeping

extension CallRecord {
    /// The record as one JSON object; docs/api.md describes each member. What never came to be is null.
    package var json: JSONValue {
        [
            "id": .string(self.identifier.description),
            "direction": .string(self.direction.rawValue),
            "trunk": .string(self.trunk),
            "bot": Self.string(self.bot),
            "leg_of": Self.string(self.legOf?.description),
            "transferred_to": Self.string(self.transferredTo),
            "from": .string(self.from),
            "to": .string(self.to),
            "created": self.timestamp(self.moments.created),
            "invited": self.timestamp(self.moments.invited),
            "ringing": self.timestamp(self.moments.ringing),
            "early_media": self.timestamp(self.moments.earlyMedia),
            "answered": self.timestamp(self.moments.answered),
            "bot_ready": self.timestamp(self.moments.botReady),
            "ended": self.timestamp(self.moments.ended),
            "duration_ms": Self.milliseconds(self.duration),
            "end": self.cause.map(\.json) ?? .null,
            "signalling": self.signalling,
            "media": self.media.map { self.json(of: $0) } ?? .null,
        ]
    }

    private var signalling: JSONValue {
        [
            "call_id": Self.string(self.sipCallID),
            "transport": Self.string(self.transport),
            "points_of_presence": .array(self.pointsOfPresence.map { .string($0) }),
            "carrier_headers": Self.json(of: self.carrierHeaders),
        ]
    }

    private func json(of report: MediaReport) -> JSONValue {
        let audio = report.audio
        return [
            "codec": Self.string(self.codec),
            "srtp": Self.string(self.securitySuite),
            "local": Self.string(self.localMedia),
            "remote": Self.string(self.remoteMedia),
            "packets_received": .integer(audio.packetsReceived),
            "packets_sent": .integer(audio.packetsSent),
            "packets_lost": .integer(audio.packetsLost),
            "packets_late": .integer(audio.packetsLate),
            "packets_duplicate": .integer(audio.packetsDuplicate),
            "packets_from_strangers": .integer(audio.packetsFromStrangers),
            "packets_invalid": .integer(audio.packetsInvalid),
            "srtp_failures": .integer(report.srtpFailures),
            "foreign_datagrams": .integer(report.foreignDatagrams),
            "send_failures": .integer(report.sendFailures),
            "jitter_ms": .real(audio.jitter.inSeconds * 1_000),
            "remote_lost": audio.remoteLost.map { .integer($0) } ?? .null,
            "round_trip_ms": audio.roundTrip.map { .real($0.inSeconds * 1_000) } ?? .null,
            "playout_delay_ms": Self.milliseconds(audio.playoutDelay),
            "r_factor": Self.tenths(audio.rating),
            "mos": Self.tenths(audio.conversationScore),
            "mos_listening": Self.tenths(audio.listeningScore),
            "remote_mos": Self.tenths(audio.remoteScore),
            "first_audio_ms": Self.milliseconds(audio.firstAudioDelay),
            "digits_received": .string(audio.digitsReceived),
            "digits_sent": .string(audio.digitsSent),
            "bot_audio_heard_ms": Self.milliseconds(audio.botAudioHeard),
            "bot_audio_refused_ms": Self.milliseconds(audio.botAudioRefused),
            "bot_audio_cleared_ms": Self.milliseconds(audio.botAudioCleared),
            "bot_underruns": .integer(audio.botUnderruns),
            "bot_frames_dropped": .integer(report.botFramesDropped),
            "frames_concealed": .integer(audio.framesConcealed),
            "caller_level_db": Self.decibels(audio.callerLevel.rmsInDecibels),
            "bot_level_db": Self.decibels(audio.botLevel.rmsInDecibels),
            "silences": .array(audio.silences.map { self.json(of: $0) }),
            "silences_told": .integer(audio.silenceCount),
            "recording": Self.json(ofRecording: report),
        ]
    }

    private func json(of episode: SilenceEpisode) -> JSONValue {
        let silence = episode.silence
        return [
            "began": self.timestamp(episode.began),
            "duration_ms": Self.milliseconds(silence.duration),
            "direction": .string(silence.direction.rawValue),
            "kind": .string(silence.kind.rawValue),
            "packets": .integer(silence.packets),
            "likely_cause": .string(silence.likelyCause),
        ]
    }

    private static func json(ofRecording report: MediaReport) -> JSONValue {
        if let refusal = report.recordingRefusal { return ["fault": .string("\(refusal)")] }
        guard let recording = report.recording else { return .null }
        return [
            "path": .string(recording.path),
            "duration_ms": .integer(recording.duration.inMilliseconds),
            "dropped_ms": .integer(recording.dropped.inMilliseconds),
            "fault": Self.string(recording.fault?.description),
        ]
    }

    private func timestamp(_ instant: Instant?) -> JSONValue {
        instant.map { .string(self.anchor.timestamp(at: $0)) } ?? .null
    }

    static func string(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    private static func tenths(_ value: Double?) -> JSONValue {
        value.map { .real(($0 * 10).rounded() / 10) } ?? .null
    }

    private static func milliseconds(_ duration: Duration?) -> JSONValue {
        duration.map { .integer($0.inMilliseconds) } ?? .null
    }

    private static func decibels(_ level: Double?) -> JSONValue {
        level.map { .real(($0 * 10).rounded() / 10) } ?? .null
    }

    static func json(of headers: [CarrierHeader]) -> JSONValue {
        .object(headers.map { JSONMember(key: $0.name, value: .string($0.value)) })
    }
}

extension EndCause {
    package var json: JSONValue {
        [
            "cause": .string(self.kind.word),
            "by": .string(self.party.rawValue),
            "sip_status": self.status.map { .integer($0) } ?? .null,
            "q850": self.q850.map { .integer($0) } ?? .null,
            "reasons": .array(self.reasons.map(\.json)),
            "carrier_error_code": CallRecord.string(self.carrierErrorCode),
            "carrier_headers": CallRecord.json(of: self.carrierHeaders),
            "sentence": .string(self.sentence),
            "remedy": CallRecord.string(self.remedy),
        ]
    }
}

extension StatedReason {
    fileprivate var json: JSONValue {
        [
            "protocol": .string(self.protocolName),
            "cause": self.cause.map { .integer($0) } ?? .null,
            "text": CallRecord.string(self.text),
        ]
    }
}

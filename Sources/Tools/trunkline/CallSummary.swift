import AudioFiles
import BotProtocol
import CallAudio
import CallControl
import Gateway
import MediaPlane
import Timekeeping

/// A call record as a table for a person.
struct CallSummary {
    let record: CallRecord

    var text: String {
        let rows = self.callRows + (self.record.media.map { self.mediaRows($0) } ?? [])
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { row in
            "  \(row.name)\(String(repeating: " ", count: width - row.name.count + 2))\(row.value)"
        }.joined(separator: "\n")
    }

    private struct Row {
        let name: String
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = PlainLine.escaped(value)
        }
    }

    private var callRows: [Row] {
        let record = self.record
        var rows = [
            Row("call", "\(record.identifier) \(record.direction.rawValue) over \(record.trunk)"),
            Row("from, to", "\(record.from) → \(record.to)"),
            Row("end", self.end),
        ]
        if let remedy = record.cause?.remedy { rows.append(Row("what to do", remedy)) }
        for header in record.cause?.carrierHeaders ?? record.carrierHeaders {
            rows.append(Row(header.name, header.value))
        }
        rows.append(Row("duration", record.duration.map(Self.seconds) ?? "never answered"))
        if let answered = record.moments.answered, let invited = record.moments.invited {
            rows.append(Row("set-up time", Self.milliseconds(invited.duration(to: answered))))
        }
        if let codec = record.codec { rows.append(Row("codec", codec)) }
        if record.codec != nil { rows.append(Row("SRTP", record.securitySuite ?? "none (plain RTP)")) }
        return rows
    }

    private var end: String {
        guard let cause = self.record.cause else { return "not yet" }
        let status = cause.status.map { " (SIP \($0))" } ?? ""
        return "\(cause.kind.word), by \(cause.party.rawValue)\(status): \(cause.sentence)"
    }

    private func mediaRows(_ report: MediaReport) -> [Row] {
        let audio = report.audio
        var rows = [
            Row("packets in, out", "\(audio.packetsReceived), \(audio.packetsSent)"),
            Row("lost, late", "\(audio.packetsLost), \(audio.packetsLate)"),
            Row("jitter", Self.milliseconds(audio.jitter)),
            Row("digits in, out", "\(Self.orNone(audio.digitsReceived)), \(Self.orNone(audio.digitsSent))"),
            Row("first audio after", audio.firstAudioDelay.map(Self.milliseconds) ?? "no bot audio"),
            Row(
                "level far end, bot",
                "\(Self.decibels(audio.callerLevel.rmsInDecibels)), \(Self.decibels(audio.botLevel.rmsInDecibels))"),
        ]
        if audio.packetsFromStrangers + report.srtpFailures > 0 {
            rows.append(Row("strangers, SRTP faults", "\(audio.packetsFromStrangers), \(report.srtpFailures)"))
        }
        if let recording = report.recording { rows.append(Row("recording", recording.summary)) }
        if let refusal = report.recordingRefusal { rows.append(Row("recording", "none: \(refusal)")) }
        return rows
    }

    private static func orNone(_ digits: String) -> String {
        digits.isEmpty ? "none" : digits
    }

    private static func seconds(_ duration: Duration) -> String {
        "\(Self.decimal(duration.inMilliseconds)) s"
    }

    private static func milliseconds(_ duration: Duration) -> String {
        "\(Self.decimal(duration.inNanoseconds / 1_000)) ms"
    }

    private static func decibels(_ level: Double?) -> String {
        level.map { "\(Self.decimal(Int64(($0 * 1_000).rounded()))) dBFS" } ?? "silent"
    }

    /// A number given in thousandths, with one digit after the point.
    private static func decimal(_ thousandths: Int64) -> String {
        let tenths = (abs(thousandths) + 50) / 100
        return "\(thousandths < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }
}

extension RecordingReport {
    /// Where the recording lies, and what went wrong with it.
    fileprivate var summary: String {
        guard let fault = self.fault else { return self.path }
        return "\(self.path) (ended early: \(fault))"
    }
}

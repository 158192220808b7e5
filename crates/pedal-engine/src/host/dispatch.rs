//! One command in, one reply out.

use std::path::Path;

use mod_protocol::{Command, ErrorCode, Feature, Processing, Reply};

use super::Host;

impl Host {
    /// Executes a command. `wait_audio_cycle`, `help`, `load`, `save` and `x_events` belong to the server, which
    /// answers them itself.
    pub fn execute(&mut self, command: &Command) -> Reply {
        match command {
            Command::Add { uri, instance } => number(self.add(uri, *instance, true)),
            Command::Preload { uri, instance } => number(self.add(uri, *instance, false)),
            Command::Remove { instance } => done(self.remove(*instance)),
            Command::Activate { instance, active } => done(self.activate(*instance, *active)),
            Command::Bypass { instance, bypassed } => done(self.bypass(*instance, *bypassed)),
            Command::ParamSet { instance, symbol, value } => done(self.param_set(*instance, symbol, *value)),
            Command::ParamGet { instance, symbol } => {
                self.param_get(*instance, symbol).map_or_else(Reply::from, Reply::Float)
            }
            Command::ParamsFlush { instance, reset, values } => {
                done(self.params_flush(*instance, *reset, values))
            }
            Command::PreRun { instance, reset, values } => done(self.pre_run(*instance, *reset, values)),
            Command::PresetLoad { instance, uri } => done(self.preset_load(*instance, uri)),
            Command::PresetSave { instance, label, directory, file } => {
                self.preset_save(*instance, label, directory, file).map_or_else(Reply::from, |work| work())
            }
            Command::PresetShow { uri } => Reply::Text(self.plugins.preset_text(uri).unwrap_or_default()),
            Command::PatchSet { instance, property, value } => {
                done(self.patch_set(*instance, property, value))
            }
            Command::PatchGet { instance, property } => done(self.patch_get(*instance, property)),
            Command::Licensee { .. } => Reply::Text(String::new()),
            Command::ShowExternalUi { .. } => ErrorCode::ExternalUi.into(),
            _ => self.execute_wiring(command),
        }
    }

    fn execute_wiring(&mut self, command: &Command) -> Reply {
        match command {
            Command::Connect { source, destination } | Command::ConnectSafe { source, destination } => {
                done(self.connect(source, destination))
            }
            Command::ConnectMatching { like, port } => done(self.connect_matching(like, port)),
            Command::Disconnect { source, destination } => done(self.disconnect(source, destination)),
            Command::DisconnectSafe { source, destination } => {
                done(self.disconnect(source, destination).map_err(|_| ErrorCode::Connect))
            }
            Command::DisconnectAll { port } => done(self.disconnect_all(port)),
            Command::Monitor { address, port, enable } => {
                self.monitor(address, *port, *enable).map_or_else(Reply::from, |work| work())
            }
            Command::ParamMonitor { instance, symbol, comparison, value } => {
                done(self.param_monitor(*instance, symbol, *comparison, *value))
            }
            Command::MonitorOutput { instance, symbol } => {
                Reply::inverted(self.monitor_output(*instance, symbol))
            }
            Command::MonitorOutputOff { instance, symbol } => {
                Reply::inverted(self.monitor_output_off(*instance, symbol))
            }
            Command::MonitorAudioLevels { port, enable } => {
                if self.monitor_levels(port, *enable) {
                    Reply::ok()
                } else {
                    ErrorCode::InvalidOperation.into()
                }
            }
            Command::MonitorMidiControl { channel, enable } => {
                self.monitor_midi(*channel, None, Some(*enable));
                Reply::ok()
            }
            Command::MonitorMidiProgram { channel, enable } => {
                self.monitor_midi(*channel, Some(*enable), None);
                Reply::ok()
            }
            Command::MidiLearn { instance, symbol, minimum, maximum } => {
                Reply::inverted(self.midi_learn(*instance, symbol, *minimum, *maximum))
            }
            Command::MidiMap { instance, symbol, channel, controller, minimum, maximum } => {
                Reply::inverted(self.midi_map(*instance, symbol, (*channel, *controller), *minimum, *maximum))
            }
            Command::MidiUnmap { instance, symbol } => Reply::inverted(self.midi_unmap(*instance, symbol)),
            Command::CvMap { instance, symbol, source, minimum, maximum, mode } => {
                done(self.cv_map(*instance, symbol, source, (*minimum, *maximum), *mode))
            }
            Command::CvUnmap { instance, symbol } => done(self.cv_unmap(*instance, symbol)),
            Command::CcMap { .. } | Command::CcValueSet { .. } | Command::CcUnmap { .. } => {
                ErrorCode::ControlChain.into()
            }
            Command::HmiMap { .. } | Command::HmiUnmap { .. } => ErrorCode::Hmi.into(),
            _ => self.execute_global(command),
        }
    }

    fn execute_global(&mut self, command: &Command) -> Reply {
        match command {
            Command::SetBpm { bpm } if (20.0..=300.0).contains(bpm) => {
                let now = self.transport;
                self.set_transport(now.rolling, now.bpb.into(), *bpm);
                Reply::ok()
            }
            Command::SetBpb { bpb } if (1.0..=16.0).contains(bpb) => {
                let now = self.transport;
                self.set_transport(now.rolling, *bpb, now.bpm);
                Reply::ok()
            }
            Command::SetBpm { .. } | Command::SetBpb { .. } => ErrorCode::OutOfRange.into(),
            Command::Transport { rolling, bpb, bpm } => {
                self.set_transport(*rolling, *bpb, *bpm);
                Reply::ok()
            }
            Command::TransportSync { mode } => done(self.sync(mode)),
            Command::FeatureEnable { feature, value } => done(self.feature(feature, *value)),
            Command::StateLoad { directory } => done(self.state_load(directory)),
            Command::StateSave { directory } => self.state_save(directory)(),
            Command::StateTmpdir { directory } => {
                self.plugins.set_scratch(Path::new(directory));
                Reply::ok()
            }
            Command::BundleAdd { path } => {
                self.plugins.add_bundle(Path::new(path));
                Reply::ok()
            }
            Command::BundleRemove { path, resource } => {
                self.plugins.remove_bundle(Path::new(path), resource);
                Reply::ok()
            }
            Command::CpuLoad {} => Reply::Float(self.load().0),
            Command::MaxCpuLoad {} => Reply::Float(self.load().1),
            Command::OutputDataReady {} => Reply::ok(),
            Command::Quit {} => {
                self.quitting.store(true, std::sync::atomic::Ordering::Release);
                Reply::ok()
            }
            _ => self.execute_many(command),
        }
    }

    fn execute_many(&mut self, command: &Command) -> Reply {
        match command {
            Command::MultiAdd { plugins } => self.add_all(plugins, true),
            Command::MultiPreload { plugins } => self.add_all(plugins, false),
            Command::MultiRemove { instances } => self.for_all(instances, Host::remove),
            Command::MultiActivate { active, instances } => {
                self.for_all(instances, |host, instance| host.activate(instance, *active))
            }
            Command::MultiBypass { bypassed, instances } => {
                self.for_all(instances, |host, instance| host.bypass(instance, *bypassed))
            }
            Command::MultiParamSet { symbol, value, instances } => {
                self.for_all(instances, |host, instance| host.param_set(instance, symbol, *value))
            }
            Command::MultiParamsFlush { reset, instances, values } => {
                self.for_all(instances, |host, instance| host.params_flush(instance, *reset, values))
            }
            Command::MultiPreRun { reset, instances, values } => {
                self.for_all(instances, |host, instance| host.pre_run(instance, *reset, values))
            }
            _ => self.execute_extension(command),
        }
    }

    fn execute_extension(&mut self, command: &Command) -> Reply {
        match command {
            Command::XVersion {} => self.x_version(),
            Command::XMeters {} => self.x_meters(),
            Command::XStats {} => super::extensions::text(self.stats()),
            Command::XCost { uri } => match self.cost(uri) {
                Ok(cost) => super::extensions::text(serde_json::json!(cost)),
                Err(error) => super::extensions::failure(&error),
            },
            Command::XLoad { path } => self.x_load(path),
            Command::XPreload { slot, path } => self.x_preload(*slot, path),
            Command::XSwap { slot, fade_ms } => self.x_swap(*slot, *fade_ms),
            Command::XUnload { slot } => self.x_unload(*slot),
            Command::XBoard {} => super::extensions::text(serde_json::json!(self.board())),
            Command::XFade { ms } => done(self.x_fade(*ms)),
            Command::XTails { quiet_db, quiet_ms, max_s } => done(self.x_tails(*quiet_db, *quiet_ms, *max_s)),
            Command::XLimiter { enable, ceiling_db } => done(self.x_limiter(*enable, *ceiling_db)),
            Command::XPolicy { policy, share, periods } => done(self.x_policy(*policy, *share, *periods)),
            Command::XReenable { instance } => done(self.re_enable(*instance)),
            Command::XKeepRunning { instance, enable } => {
                done(self.slot(*instance).map(|slot| slot.cell.set_keep_running(*enable)))
            }
            Command::XPdc { enable } => {
                self.x_pdc(*enable);
                Reply::ok()
            }
            Command::XMute { enable } => {
                self.x_mute(*enable);
                Reply::ok()
            }
            Command::XSnapshot { values } => done(self.snapshot(values)),
            _ => ErrorCode::InvalidOperation.into(),
        }
    }

    fn feature(&mut self, feature: &Feature, value: i32) -> Result<(), ErrorCode> {
        match feature {
            Feature::Processing => {
                self.processing(Processing::from_value(value).ok_or(ErrorCode::InvalidOperation)?)
            }
            Feature::CpuLoad => {
                self.monitors.cpu_load = value != 0;
                Ok(())
            }
            // as mod-host answers when its MIDI merger is not there
            Feature::AggregatedMidi if value != 0 && !self.has_merger() => Err(ErrorCode::JackActivate),
            Feature::AggregatedMidi => Ok(()),
            Feature::Freewheeling => self.freewheel(value),
            Feature::Other(_) => Err(ErrorCode::InvalidOperation),
        }
    }

    fn has_merger(&mut self) -> bool {
        let ports = self.backend.as_mut().and_then(|backend| backend.ports());
        ports.is_some_and(|ports| ports.look_up("mod-midi-merger:out").is_some())
    }

    fn add_all(&mut self, plugins: &[mod_protocol::PluginSpec], active: bool) -> Reply {
        let mut last = Reply::ok();
        for plugin in plugins {
            last = number(self.add(&plugin.uri, plugin.instance, active));
        }
        if plugins.len() == 1 { last } else { Reply::ok() }
    }

    /// Does the same for several plugins, as one change of the board; the first failure is the answer.
    fn for_all(
        &mut self,
        instances: &[i32],
        mut work: impl FnMut(&mut Self, i32) -> Result<(), ErrorCode>,
    ) -> Reply {
        let mut result = Ok(());
        for &instance in instances {
            let one = work(self, instance);
            result = result.and(one);
        }
        done(result)
    }
}

fn done(result: Result<(), ErrorCode>) -> Reply {
    Reply::from_result(result)
}

fn number(result: Result<i32, ErrorCode>) -> Reply {
    result.map_or_else(Reply::from, Reply::Status)
}

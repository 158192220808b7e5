//! Mouse, keyboard and files, as a hand would use them.

use serde_json::{Value, json};

use super::Browser;

impl Browser {
    /// Presses and lets go with the mouse in the middle of what the selector finds, as a hand would.
    pub async fn click(&mut self, selector: &str) {
        let find = format!("document.querySelector({})", json!(selector));
        self.until(&find).await;
        // What is being drawn anew moves: it is touched when it stands still and nothing lies over it.
        let still = format!(
            "(async () => {{ let was = '', at = [0, 0]; \
             for (let frame = 0; frame < 60; frame++) {{ \
             const one = {find}; if (!one) {{ await new Promise(requestAnimationFrame); continue; }} \
             one.scrollIntoView({{ block: 'center', inline: 'center' }}); \
             const box = one.getBoundingClientRect(); at = [box.x + box.width / 2, box.y + box.height / 2]; \
             if (String(at) === was && one.contains(document.elementFromPoint(...at))) break; \
             was = String(at); await new Promise(requestAnimationFrame); }} return at; }})()"
        );
        let place = self.value(&still).await;
        self.mouse("mousePressed", &place).await;
        self.mouse("mouseReleased", &place).await;
    }

    /// As [`Self::click`], on the first of what the selector finds that has this text.
    pub async fn click_text(&mut self, selector: &str, text: &str) {
        let find = format!(
            "[...document.querySelectorAll({})].find(one => one.textContent.includes({}))",
            json!(selector),
            json!(text)
        );
        self.until(&find).await;
        self.value(&format!("{find}.id = 'the-one'")).await;
        self.click("#the-one").await;
        self.value("document.getElementById('the-one')?.removeAttribute('id')").await;
    }

    /// Chooses from the list with this label within `scope`.
    pub async fn choose(&mut self, scope: &str, label: &str, value: &str) {
        let find = format!(
            "[...document.querySelectorAll({})].find(one => one.textContent.startsWith({}))?.querySelector('select')",
            json!(scope),
            json!(label)
        );
        self.until(&find).await;
        let set = format!(
            "(one => {{ one.value = {}; one.dispatchEvent(new Event('change')); return one.value; }})({find})",
            json!(value)
        );
        assert_eq!(self.value(&set).await, json!(value));
    }

    /// As if the pointer were over every button and link, or over none.
    pub async fn hover_all(&mut self, over: bool) {
        if !over {
            self.call("CSS.disable", json!({})).await;
            self.call("DOM.disable", json!({})).await;
            return;
        }
        self.call("DOM.enable", json!({})).await;
        self.call("CSS.enable", json!({})).await;
        let root = self.call("DOM.getDocument", json!({"depth": 0})).await["root"]["nodeId"].take();
        let all = json!({"nodeId": root, "selector": "button:not(:disabled), a, summary, .control"});
        let found = self.call("DOM.querySelectorAll", all).await;
        for node in found["nodeIds"].as_array().unwrap() {
            // what a redraw has taken away meanwhile needs no pointer
            let force = json!({"nodeId": node, "forcedPseudoClasses": ["hover"]});
            let _ = self.tried("CSS.forcePseudoState", force).await;
        }
    }

    async fn mouse(&mut self, what: &str, place: &Value) {
        self.mouse_with(what, place, 0).await;
    }

    /// One step of the mouse, with keys held (8 is Shift).
    pub async fn mouse_with(&mut self, what: &str, place: &Value, modifiers: u32) {
        let event = json!({"type": what, "x": place[0], "y": place[1], "button": "left", "buttons": 1, "clickCount": 1, "modifiers": modifiers});
        self.call("Input.dispatchMouseEvent", event).await;
    }

    /// Drags from one point to another, in steps.
    pub async fn drag(&mut self, from: &Value, to: &Value) {
        self.drag_with(from, to, 0).await;
    }

    /// As [`Self::drag`], with keys held.
    pub async fn drag_with(&mut self, from: &Value, to: &Value, modifiers: u32) {
        self.mouse_with("mousePressed", from, modifiers).await;
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            let between = |at: usize| {
                let (a, b) = (from[at].as_f64().unwrap(), to[at].as_f64().unwrap());
                a + (b - a) * part
            };
            self.mouse_with("mouseMoved", &json!([between(0), between(1)]), modifiers).await;
        }
        self.mouse_with("mouseReleased", to, modifiers).await;
    }

    /// Gives files to a field, as a hand that chooses them.
    pub async fn give_files(&mut self, selector: &str, files: &[&std::path::Path]) {
        let question = json!({"expression": format!("document.querySelector({})", json!(selector))});
        let object = self.call("Runtime.evaluate", question).await["result"]["objectId"].take();
        let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        self.call("DOM.setFileInputFiles", json!({"files": files, "objectId": object})).await;
    }

    /// Types into what has the focus.
    pub async fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text})).await;
    }

    pub async fn key(&mut self, key: &str, modifiers: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "modifiers": modifiers});
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }
}
